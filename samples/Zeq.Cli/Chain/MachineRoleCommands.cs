using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq machine keys|revoke|members|add|remove</c>: who may act on a machine.</summary>
internal static class MachineRoleCommands
{
    /// <summary>The machine that a command is about, where its argument is something else.</summary>
    public static Option<Slug?> On() => new("--machine")
    {
        Description = "The machine; your own where absent.",
        HelpName = "machine",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (Slug.TryParse(text, out Slug slug))
            {
                return slug;
            }

            result.AddError($"'{text}' is no machine (a-z, 0-9 and hyphens, at most 64).");
            return null;
        },
    };

    public static Slug Of(CommandContext context, Option<Slug?> machine) => context.Value(machine) ?? context.Zid.OwnMachine;

    public static ZeqCommand Keys(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        return new ZeqCommand("keys", "List the keys that open a machine.", "zeq machine keys lab") { machine }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            MachineKeyListAnswer answer = await context.WaitAsync("Asking", client.Chain.ListMachineKeysAsync(MachineCommand.Of(context, machine), limit: 200, ct: ct));
            context.Document(answer, WireJson.Default.MachineKeyListAnswer);
            context.Table(
                ["key", "role", "issued by", "label", "since Zeqond>", "last used>"],
                answer.Keys.Select(string?[] (k) => [k.Prefix + "…", k.Role, k.Zid, k.Label, Number(k.CreatedZeqond), k.LastUsedZeqond is { } used ? Number(used) : null]),
                "No keys.");
        });
    }

    public static ZeqCommand Revoke(CliHost host)
    {
        var prefix = new Argument<string>("prefix") { Description = "The key's first 12 characters." };
        prefix.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>().Length != ApiKeyRow.PrefixLength)
            {
                result.AddError("A key goes by its first 12 characters.");
            }
        });
        Option<Slug?> machine = On();
        return new ZeqCommand("revoke", "Revoke a key of a machine.", "zeq machine revoke zsm_AbCdEfGh --machine lab") { prefix, machine }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            DoneAnswer answer = await context.WaitAsync("Revoking", client.Chain.RevokeMachineKeyAsync(Of(context, machine), context.Value(prefix)!, ct));
            context.Document(answer, WireJson.Default.DoneAnswer);
            context.Line($"The key {context.Value(prefix)}… opens nothing any more.");
        });
    }

    public static ZeqCommand Members(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        return new ZeqCommand("members", "List who has a role on a machine.", "zeq machine members lab") { machine }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            MemberListAnswer answer = await context.WaitAsync("Asking", client.Chain.ListMembersAsync(MachineCommand.Of(context, machine), limit: 200, ct: ct));
            context.Document(answer, WireJson.Default.MemberListAnswer);
            context.Table(["member", "role", "since Zeqond>"], answer.Members.Select(string?[] (m) => [m.Zid, m.Role, Number(m.SinceZeqond)]), "No members but its owner.");
        });
    }

    public static ZeqCommand Add(CliHost host)
    {
        Argument<Zid> zid = Arguments.Zid();
        var role = new Option<string>("--role") { Description = "What the member may do.", DefaultValueFactory = _ => "viewer", HelpName = "role" };
        role.AcceptOnlyFromAmong("viewer", "operator", "admin");
        Option<Slug?> machine = On();
        return new ZeqCommand("add", "Give an account a role on a machine, or another one.", "zeq machine add ZEQ07491829374 --role operator --machine lab") { zid, role, machine }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                MemberAnswer answer = await context.WaitAsync("Changing", client.Chain.SetMemberAsync(Of(context, machine), context.Value(zid), context.Value(role)!, ct));
                context.Document(answer, WireJson.Default.MemberAnswer);
                context.Facts(("machine", answer.Slug), ("member", answer.Member.Zid), ("role", answer.Member.Role));
            });
    }

    public static ZeqCommand Remove(CliHost host)
    {
        Argument<Zid> zid = Arguments.Zid();
        Option<Slug?> machine = On();
        return new ZeqCommand("remove", "Take a role away, and the keys that the member issued; with your own ZID, leave.", "zeq machine remove ZEQ07491829374 --machine lab") { zid, machine }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                Slug slug = Of(context, machine);
                DoneAnswer answer = await context.WaitAsync("Changing", client.Chain.RemoveMemberAsync(slug, context.Value(zid), ct));
                context.Document(answer, WireJson.Default.DoneAnswer);
                context.Line($"{context.Value(zid)} has no role on {slug} any more.");
            });
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
