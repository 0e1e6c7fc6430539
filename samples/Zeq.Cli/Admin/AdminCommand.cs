using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq admin grant</c>.</summary>
internal static class AdminCommand
{
    public static Command Make(CliHost host)
    {
        Argument<Zid> zid = Arguments.Zid();
        var paid = new Argument<long>("credits")
        {
            Description = "How many paid credits.",
            CustomParser = r =>
            {
                if (long.TryParse(r.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n > 0)
                {
                    return n;
                }

                r.AddError($"'{r.Tokens[0].Value}' is not a whole number from 1 up.");
                return 0;
            },
        };
        var reference = new Option<string>("--reference") { Description = "The payment that this is for; one grant a reference.", Required = true, HelpName = "text" };
        Option<Origin?> origin = AdminKey.Origin();
        return new ZeqCommand("admin", "What the home's admin does; the key comes from ZEQ_ADMIN_KEY or is asked for.", "zeq admin grant ZEQ07491829374 100 --reference invoice-17")
        {
            new ZeqCommand("grant", "Give paid credits, once per reference.", "zeq admin grant ZEQ07491829374 100 --reference invoice-17")
            {
                zid, paid, reference, origin, GlobalOptions.IdempotencyKey,
            }.Does(host, async (context, ct) =>
            {
                using ZeqClient client = AdminKey.Connect(context, origin);
                var request = new GrantRequest(context.Value(zid).Text, context.Value(paid), context.Value(reference)!);
                FuelCommand.Show(context, await context.WaitAsync("Granting", client.Fuel.GrantAsync(request, context.Value(GlobalOptions.IdempotencyKey), ct)));
            }),
        };
    }
}
