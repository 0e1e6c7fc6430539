using System.Globalization;
using System.Text;
using QRCoder;

namespace Zeq.Cli;

/// <summary>A link as a QR code (ISO/IEC 18004): SVG, PNG, or lines of a terminal, each with the quiet zone of four modules.</summary>
internal static class QrImage
{
    private const int QuietModules = 4;
    private const int PngPixelsPerModule = 8;

    /// <summary>A PNG of 8 pixels a module, black on white.</summary>
    public static byte[] Png(string text)
    {
        using QRCodeData data = Make(text, QRCodeGenerator.ECCLevel.M);
        using var image = new PngByteQRCode(data);
        return image.GetGraphic(PngPixelsPerModule);
    }

    /// <summary>An SVG of one unit a module; runs of dark modules are one path.</summary>
    public static byte[] Svg(string text)
    {
        bool[,] dark = Modules(text, QRCodeGenerator.ECCLevel.M);
        int size = dark.GetLength(0);
        var path = new StringBuilder();
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                int start = x;
                while (x < size && dark[y, x])
                {
                    x++;
                }

                if (x > start)
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{start} {y}h{x - start}v1h-{x - start}z");
                }
            }
        }

        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size * 4}" height="{size * 4}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path fill="#000" d="{path}"/></svg>

            """));
    }

    /// <summary>
    /// Lines of half blocks, two modules high. The light modules are drawn and the dark ones left out, as it is right on a dark screen; with colours, both are set.
    /// </summary>
    public static IEnumerable<string> Lines(string text, bool hasColours)
    {
        // The least correction: a screen has no stains, but it has an edge.
        bool[,] dark = Modules(text, QRCodeGenerator.ECCLevel.L);
        int size = dark.GetLength(0);
        for (int y = 0; y < size; y += 2)
        {
            var line = new StringBuilder(hasColours ? "\u001b[38;5;15;48;5;0m" : "");
            for (int x = 0; x < size; x++)
            {
                bool upper = !dark[y, x], lower = y + 1 < size && !dark[y + 1, x];
                line.Append(upper && lower ? '█' : upper ? '▀' : lower ? '▄' : ' ');
            }

            yield return line.Append(hasColours ? "\u001b[0m" : "").ToString();
        }
    }

    /// <summary>Which modules are dark, with the quiet zone.</summary>
    private static bool[,] Modules(string text, QRCodeGenerator.ECCLevel level)
    {
        using QRCodeData data = Make(text, level);

        // The matrix comes with QRCoder's own quiet zone, which is as wide.
        int size = data.ModuleMatrix.Count;
        bool[,] dark = new bool[size, size];
        for (int y = QuietModules; y < size - QuietModules; y++)
        {
            for (int x = QuietModules; x < size - QuietModules; x++)
            {
                dark[y, x] = data.ModuleMatrix[y][x];
            }
        }

        return dark;
    }

    private static QRCodeData Make(string text, QRCodeGenerator.ECCLevel level)
    {
        try
        {
            return QRCodeGenerator.GenerateQrCode(text, level);
        }
        catch (QRCoder.Exceptions.DataTooLongException)
        {
            throw CliException.Failed("This link is too long for a QR code.", "TOO_LONG");
        }
    }
}
