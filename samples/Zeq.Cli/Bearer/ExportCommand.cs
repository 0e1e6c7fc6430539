using System.CommandLine;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq bearer export &lt;token&gt;</c> and <c>seal &lt;coin.json&gt;</c>: make a .ZEQ file of a coin, by its home or offline.</summary>
internal static class ExportCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        var locking = new LockOptions();
        var command = new ZeqCommand("export", "Take a coin out of your account into a locked file; whoever has file and PIN can redeem it.", "zeq bearer export ZT-… -o coin.ZEQ --generate")
        {
            token, GlobalOptions.IdempotencyKey,
        };
        Add(command, locking);
        return command.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            using LockOptions.Prepared prepared = locking.Prepare(context);
            ExportAnswer answer = await context.WaitAsync("Exporting", client.Bearer.ExportAsync(context.Value(token), context.Value(GlobalOptions.IdempotencyKey), ct));
            if (!answer.Coin.TryGetCoin(out BearerCoin? coin))
            {
                throw CliException.Failed("The home answered with something that is no coin.", "BAD_ANSWER");
            }

            using (coin)
            {
                if (coin.Claim.TokenId != context.Value(token) || !coin.ProofHolds(context.Profile.NodeKey ?? coin.NodePubkey))
                {
                    throw CliException.Failed("The home answered with another coin, or with one that it did not sign.", "BAD_ANSWER");
                }

                try
                {
                    await prepared.LockAsync(context, coin, ct);
                }
                catch
                {
                    context.Note("The coin is exported, but its file is not complete: the same command again makes one, or 'zeq bearer reclaim' takes the coin back.");
                    throw;
                }
            }
        });
    }

    public static ZeqCommand MakeSeal(CliHost host)
    {
        var json = new Argument<string>("coin.json") { Description = "The coin as its home answered: {coin:{…}} or the coin alone. It is the coin itself, so delete it afterwards." };
        var locking = new LockOptions();
        var command = new ZeqCommand("seal", "Lock an exported coin that another program holds, offline.", "zeq bearer seal coin.json -o coin.ZEQ --generate") { json };
        Add(command, locking);
        return command.Does(host, async (context, ct) =>
        {
            using BearerCoin coin = CoinJsonFile.Read(context, context.Value(json)!);
            using LockOptions.Prepared prepared = locking.Prepare(context);
            await prepared.LockAsync(context, coin, ct);
        });
    }

    private static void Add(ZeqCommand command, LockOptions locking)
    {
        foreach (Option option in locking.All)
        {
            command.Add(option);
        }
    }
}
