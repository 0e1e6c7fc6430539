using System.Diagnostics;
using System.Net;

namespace Zeq.Tunnel.Tests;

/// <summary>A real device of Linux, in a network namespace of its own where the machine allows that. <c>zeq tunnel static</c> between two namespaces is run by the script beside this file.</summary>
public class NamespaceTests
{
    private static readonly string[] Kinds = ["Release", "Debug"];

    // The script says which of ping and iperf3 ran.
    [Fact]
    public async Task Two_namespaces_talk_through_the_command_line()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs Linux, root and /dev/net/tun");
        string root = Root();
        string? zeq = Kinds.Select(kind => Path.Combine(root, "samples", "Zeq.Cli", "bin", kind, "net10.0", "zeq.dll")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(zeq is null, "samples/Zeq.Cli is not built");
        Assert.SkipUnless(await RunAsync("ip", ["-V"]) == 0, "there is no ip command");
        Assert.SkipUnless(await RunAsync("ping", ["-V"]) == 0, "there is no ping command");
        Assert.Equal(0, await RunAsync("bash", [Path.Combine(root, "tests", "Zeq.Tunnel.Tests", "Loop", "namespaces.sh"), zeq!]));
    }

    [Fact]
    public void A_device_of_Linux_comes_with_its_settings_and_goes_when_it_is_disposed_of()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs Linux, root and /dev/net/tun");
        string name = $"zqt{Environment.ProcessId % 100_000}";
        using (LinuxTunDevice device = LinuxTunDevice.Create(name, 1_300, queues: 2))
        {
            device.AddAddress(IPAddress.Parse("10.213.77.1"), 24);
            device.Up();
            Assert.Equal(2, device.Queues.Count);
            Assert.Equal("1300", File.ReadAllText($"/sys/class/net/{name}/mtu").Trim());
            Assert.NotEqual(TunOffloads.None, device.Queues[0].Offloads);
            Assert.ThrowsAny<System.ComponentModel.Win32Exception>(() => LinuxTunDevice.Create(name));
        }

        Assert.False(Directory.Exists($"/sys/class/net/{name}"));
        Assert.Throws<ArgumentException>(() => LinuxTunDevice.Create("a/b"));
        Assert.Throws<ArgumentException>(() => LinuxTunDevice.Create("0123456789012345"));
        Assert.Throws<ArgumentOutOfRangeException>(() => LinuxTunDevice.Create(name, 1_901));
    }

    private static async Task<int> RunAsync(string command, string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Console.WriteLine(await output + await error);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Zeq.Libraries.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
