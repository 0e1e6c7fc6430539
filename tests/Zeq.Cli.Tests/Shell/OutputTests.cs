using System.Globalization;
using System.Net;
using System.Text;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli.Tests;

/// <summary>Exit codes, colours, progress, cancelling, and text from strangers.</summary>
public sealed class OutputTests
{
    private const string Supply = """{"ok":true,"minted":1,"burned":0,"migrated_out":0,"migrated_in":0,"in_circulation":1,"active":1,"bearer":0,"as_of_zeqond":64}""";

    [Fact]
    public async Task A_node_that_cannot_be_reached_is_exit_3()
    {
        using var user = new CommandLineUser();
        string dead = TestHome.DeadUrl();
        foreach (string line in (string[])["node status", "supply", "operators", "cost KO42", "register --yes", "register --json", "login"])
        {
            (await user.RunAsync([.. line.Split(' '), "--origin", dead])).MustFail(3, "UNREACHABLE");
        }

        Assert.Empty(Directory.Exists(user.ProfileFolder) ? Directory.GetFiles(user.ProfileFolder) : []);
    }

    [Fact]
    public async Task Colours_are_for_terminals_without_NO_COLOR()
    {
        using var user = new CommandLineUser { Connect = Scripted(Supply), IsTerminal = true };
        user.Environment["NO_COLOR"] = "1";
        CommandLineUser.Run run = await user.RunAsync("supply", "--origin", "https://a.example");
        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain('\u001b', run.Out);
    }

    [Fact]
    public async Task Text_from_a_stranger_cannot_steer_the_terminal()
    {
        const string evil = """{"ok":true,"operators":[{"operator":"A1","domain":"A","name":"x\u001b[2J[red]y[/]\u202e","equation":"e\r\nf","unit":"u","inputs":[]}]}""";
        using var user = new CommandLineUser { Connect = Scripted(evil) };
        CommandLineUser.Run run = await user.RunAsync("operators", "--origin", "https://a.example");
        Assert.Contains("x [2J[red]y[/]", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', run.Out);
        Assert.Contains("e  f", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_from_a_stranger_stays_one_line()
    {
        using var user = new CommandLineUser { Connect = Scripted("""{"ok":false,"error":"a\nerror: b","code":"C","zeqond":1,"phase":0}""", HttpStatusCode.Conflict) };
        CommandLineUser.Run run = await user.RunAsync("supply", "--origin", "https://a.example");
        run.MustFail(1, "C");
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Cancelling_ends_the_command()
    {
        using var source = new CancellationTokenSource();
        using var user = new CommandLineUser
        {
            Connect = options => new ZeqClient(
                new HttpClient(new Answering(async ct =>
                {
                    await source.CancelAsync();
                    await Task.Delay(Timeout.Infinite, ct);
                    return "";
                })),
                options),
        };
        CommandLineUser.Run run = await user.RunWithAsync("", ["supply", "--origin", "https://a.example"], source.Token);
        run.MustFail(1, "CANCELLED");
    }

    [Fact]
    public async Task What_takes_longer_than_a_second_says_so_on_a_terminal()
    {
        using var seen = new SignallingWriter("Asking");
        using var user = new CommandLineUser
        {
            IsTerminal = true,
            ErrorWriter = seen,
            Connect = options => new ZeqClient(
                new HttpClient(new Answering(async ct =>
                {
                    await seen.Signal.WaitAsync(ct);
                    return Supply;
                })),
                options),
        };
        CommandLineUser.Run run = await user.RunAsync("supply", "--origin", "https://a.example");
        Assert.Equal(0, run.ExitCode);
        Assert.True(seen.Signal.IsCompleted);
    }

    private static Func<ZeqClientOptions, ZeqClient> Scripted(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        options => new ZeqClient(new HttpClient(new Answering(_ => Task.FromResult(body), status)), options);

    private sealed class Answering(Func<CancellationToken, Task<string>> body, HttpStatusCode status = HttpStatusCode.OK) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            new(status) { Content = new StringContent(await body(cancellationToken), Encoding.UTF8, "application/json"), RequestMessage = request };
    }

    private sealed class SignallingWriter(string text) : StringWriter(CultureInfo.InvariantCulture)
    {
        private readonly TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Signal => _signal.Task;

        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                _signal.TrySetResult();
            }
        }
    }
}
