namespace Zeq.Cli;

/// <summary>Reads a file, or stdin where it is "-", up to a bound.</summary>
internal static class SmallFile
{
    public static byte[] Read(CommandContext context, string path, int maxSizeBytes)
    {
        if (path == "-")
        {
            string text = context.Host.In.ReadToEnd();
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
            return bytes.Length <= maxSizeBytes ? bytes : throw TooLarge("stdin", maxSizeBytes);
        }

        // The length of a device or a pipe says nothing, so the bound is kept while reading.
        using FileStream stream = File.OpenRead(path);
        byte[] buffer = new byte[maxSizeBytes + 1];
        int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length <= maxSizeBytes ? buffer[..length] : throw TooLarge(path, maxSizeBytes);
    }

    private static CliException TooLarge(string what, int maxSizeBytes) => CliException.Misuse($"{what} is larger than {maxSizeBytes >> 10} KiB.", "TOO_LARGE");
}
