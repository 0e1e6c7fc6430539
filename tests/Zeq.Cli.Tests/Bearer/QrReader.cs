using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Zeq.Cli.Tests;

/// <summary>Reads QR codes with zbarimg, which knows nothing of who drew them. SVG and terminal lines are painted here first, from what they say.</summary>
internal static partial class QrReader
{
    private const int Scale = 4;

    public static bool IsThere { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "zbarimg")));

    /// <summary>The text of an image file.</summary>
    public static async Task<string> ReadAsync(string file)
    {
        var start = new ProcessStartInfo("zbarimg") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return text.TrimEnd('\n');
    }

    /// <summary>Paints an SVG of rectangles "Mx yhNv1h-Nz" into a PGM file; the first path is the white ground.</summary>
    public static void PaintSvg(string svg, string pgm)
    {
        int size = int.Parse(ViewBox().Match(svg).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        string path = svg[svg.LastIndexOf(" d=\"", StringComparison.Ordinal)..];
        bool[,] dark = new bool[size, size];
        foreach (Match run in Run().Matches(path))
        {
            int[] n = [.. run.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(n[2], n[3]);
            for (int x = n[0]; x < n[0] + n[2]; x++)
            {
                dark[n[1], x] = true;
            }
        }

        Paint(dark, pgm);
    }

    /// <summary>Paints lines of half blocks, light where a block is, as a dark screen shows them.</summary>
    public static void PaintLines(string[] lines, string pgm)
    {
        bool[,] dark = new bool[lines.Length * 2, lines[0].Length];
        for (int y = 0; y < lines.Length; y++)
        {
            for (int x = 0; x < lines[y].Length; x++)
            {
                dark[2 * y, x] = lines[y][x] is ' ' or '▄';
                dark[(2 * y) + 1, x] = lines[y][x] is ' ' or '▀';
            }
        }

        Paint(dark, pgm);
    }

    private static void Paint(bool[,] dark, string pgm)
    {
        int height = dark.GetLength(0) * Scale, width = dark.GetLength(1) * Scale;
        byte[] head = Encoding.ASCII.GetBytes($"P5\n{width} {height}\n255\n");
        byte[] image = new byte[head.Length + (width * height)];
        head.CopyTo(image, 0);
        for (int i = 0; i < width * height; i++)
        {
            image[head.Length + i] = dark[i / width / Scale, i % width / Scale] ? (byte)0 : (byte)255;
        }

        File.WriteAllBytes(pgm, image);
    }

    [GeneratedRegex("viewBox=\"0 0 ([0-9]+) ")]
    private static partial Regex ViewBox();

    [GeneratedRegex("M([0-9]+) ([0-9]+)h([0-9]+)v1h-([0-9]+)z")]
    private static partial Regex Run();
}
