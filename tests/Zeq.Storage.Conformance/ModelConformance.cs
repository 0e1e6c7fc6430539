using FsCheck;
using FsCheck.Fluent;
using Zeq.Protocol;

namespace Zeq.Storage.Conformance;

/// <summary>Random batches over a store and over a dictionary: both must hold the same rows after each.</summary>
public abstract class ModelConformance : QueryConformance
{
    private enum StepKind
    {
        PutSecret,
        PutAnswer,
        DeleteAnswer,
        AppendMove,
        PutPeer,
    }

    private sealed record Step(StepKind Kind, int Id, int Value);

    private sealed record Batch(Step[] Steps, bool IsCommitted);

    [Fact]
    public async Task Random_batches_leave_what_a_dictionary_holds()
    {
        Gen<Step> step = from kind in Gen.Elements(Enum.GetValues<StepKind>())
                         from id in Gen.Choose(1, 6)
                         from value in Gen.Choose(-3, 1000)
                         select new Step(kind, id, value);
        Gen<Batch> batch = from steps in Gen.ArrayOf(step)
                           from committed in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
                           select new Batch(steps, committed);
        Gen<Batch[]> batches = Gen.ArrayOf(batch);
        ulong seed = (ulong)System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        if (ulong.TryParse(Environment.GetEnvironmentVariable("ZEQ_TEST_SEED"), out ulong given))
        {
            seed = given;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"ZEQ_TEST_SEED={seed}");
        int round = 0;
        foreach (Batch[] run in batches.Sample(30, new Rnd(seed, 1), 12))
        {
            string prefix = $"{round++}-";
            var model = new Model();
            foreach (Batch one in run)
            {
                await RunAsync(one, model, prefix);
                await CompareAsync(model, prefix, seed);
            }
        }
    }

    private async Task RunAsync(Batch batch, Model committed, string prefix)
    {
        Model model = committed.Copy();
        var keys = new KeySet();
        for (int id = 0; id <= 6; id++)
        {
            keys.Add(SealedSecret.Table, SealedSecret.KeyOf(Zid.FromNumber(id), prefix + "s")).Add(KeptAnswer.Table, prefix + id)
                .Add(CreditMove.Table, ZidOf(prefix, id).Text).Add(PeerKey.Table, PeerOf(prefix, id));
        }

        await using HomeTransaction transaction = await Store.BeginAsync(keys, None);
        Workspace workspace = transaction.Workspace;
        foreach (Step step in batch.Steps)
        {
            Apply(step, workspace, model, prefix);
        }

        if (batch.IsCommitted)
        {
            await transaction.CommitAsync(None);
            committed.Take(model);
        }
    }

    private static void Apply(Step step, Workspace workspace, Model model, string prefix)
    {
        switch (step.Kind)
        {
            case StepKind.PutSecret:
                Zid owner = Zid.FromNumber(step.Id);
                long version = model.Secrets.TryGetValue(step.Id, out SealedSecret? old) ? old.Version + 1 : 1;
                model.Secrets[step.Id] = workspace.Put(SealedSecret.Table, new SealedSecret(owner, prefix + "s", version, BitConverter.GetBytes(step.Value)));
                break;
            case StepKind.PutAnswer:
                model.Answers[step.Id] = workspace.Put(KeptAnswer.Table, Answer(prefix + step.Id, step.Value));
                break;
            case StepKind.DeleteAnswer:
                workspace.Delete(KeptAnswer.Table, prefix + step.Id);
                model.Answers.Remove(step.Id);
                break;
            case StepKind.AppendMove:
                List<CreditMove> moves = model.Moves[step.Id];
                moves.Add(workspace.Append(CreditMove.Table, Move(ZidOf(prefix, step.Id), moves.Count + 1, step.Value < 0 ? null : $"r{step.Value}", step.Value)));
                break;
            default:
                string origin = PeerOf(prefix, step.Id);
                PeerKey? known = model.Peers.GetValueOrDefault(step.Id);
                model.Peers[step.Id] = workspace.Put(PeerKey.Table, new PeerKey(Origin.Parse(origin), known?.FirstSeen ?? new Zeqond(step.Value), $"k{step.Value}"));
                break;
        }
    }

    private async Task CompareAsync(Model model, string prefix, ulong seed)
    {
        string replay = $"ZEQ_TEST_SEED={seed}";
        for (int id = 1; id <= 6; id++)
        {
            SealedSecret? secret = await Store.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Zid.FromNumber(id), prefix + "s"), None);
            Assert.True(Same(SealedSecret.Table, model.Secrets.GetValueOrDefault(id), secret), replay);
            Assert.True(Same(KeptAnswer.Table, model.Answers.GetValueOrDefault(id), await Store.FindAsync(KeptAnswer.Table, prefix + id, None)), replay);
            Assert.True(model.Peers.GetValueOrDefault(id) == await Store.FindAsync(PeerKey.Table, PeerOf(prefix, id), None), replay);
            Query<CreditMove> query = new Query<CreditMove>(CreditMove.Table).Where("zid", ZidOf(prefix, id).Text);
            Assert.True(model.Moves[id].SequenceEqual(await ListAsync(Store, query)), replay);
            Assert.True(model.Moves[id].LastOrDefault() == await Store.FindAsync(CreditMove.Table, ZidOf(prefix, id).Text, None), replay);
            IEnumerable<CreditMove> positive = model.Moves[id].Where(move => move.Free > 0).OrderByDescending(move => move.Reference, StringComparer.Ordinal).ThenByDescending(move => move.Seq).Take(5);
            Assert.True(positive.SequenceEqual(await ListAsync(Store, query.Where("free_delta", Comparison.Greater, Cell.Of(0)).OrderBy(true, "reference").Take(5))), replay);
        }

        IEnumerable<string> due = model.Answers.Values.Where(answer => answer.Expires.Value <= 500).OrderBy(answer => answer.Expires.Value).ThenBy(answer => answer.Scope, StringComparer.Ordinal).Select(answer => answer.Scope);
        Query<KeptAnswer> expired = new Query<KeptAnswer>(KeptAnswer.Table).Where("expires_zeqond", Comparison.AtMost, Cell.Of(500)).OrderBy(false, "expires_zeqond");
        Assert.True(due.SequenceEqual((await ListAsync(Store, expired)).Select(answer => answer.Scope).Where(scope => scope.StartsWith(prefix, StringComparison.Ordinal))), replay);
    }

    private static bool Same(Table table, object? a, object? b) =>
        a is null || b is null ? a is null && b is null : Samples.CellsOf(table, a).SequenceEqual(Samples.CellsOf(table, b));

    private static Zid ZidOf(string prefix, int id) => Zid.FromNumber((int.Parse(prefix.TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture) * 1000) + id);

    private static string PeerOf(string prefix, int id) => $"https://p{prefix}{id}.example";

    private sealed class Model
    {
        public Dictionary<int, SealedSecret> Secrets { get; private set; } = [];

        public Dictionary<int, KeptAnswer> Answers { get; private set; } = [];

        public Dictionary<int, PeerKey> Peers { get; private set; } = [];

        public List<CreditMove>[] Moves { get; private set; } = [.. Enumerable.Range(0, 7).Select(_ => new List<CreditMove>())];

        public Model Copy() => new() { Secrets = new(Secrets), Answers = new(Answers), Peers = new(Peers), Moves = [.. Moves.Select(moves => new List<CreditMove>(moves))] };

        public void Take(Model other) => (Secrets, Answers, Peers, Moves) = (other.Secrets, other.Answers, other.Peers, other.Moves);
    }
}
