using System.Globalization;
using System.Text;

namespace Zeq.Client;

/// <summary>Writes a path with its query; what is null is left out, what comes from outside is escaped.</summary>
internal sealed class UrlQuery(string path)
{
    private readonly StringBuilder _text = new(path);
    private bool _any;

    public UrlQuery Add(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_any ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _any = true;
        }

        return this;
    }

    public UrlQuery Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
