namespace Zeq.Tunnel;

/// <summary>The labels of the handshake and of the epochs (spec 51 §1, §3, §5): ASCII without a terminator.</summary>
internal static class TunnelLabels
{
    public static ReadOnlySpan<byte> StaticId => "zeq/tunnel/static/v1"u8;

    public static ReadOnlySpan<byte> Salt => "zeq/tunnel/v1"u8;

    public static ReadOnlySpan<byte> Locator => "zeq/tunnel/v1 locator"u8;

    public static ReadOnlySpan<byte> MacInitiator => "zeq/tunnel/v1 mac i"u8;

    public static ReadOnlySpan<byte> MacResponder => "zeq/tunnel/v1 mac r"u8;

    public static ReadOnlySpan<byte> Cookie => "zeq/tunnel/v1 cookie"u8;

    public static ReadOnlySpan<byte> Transcript => "zeq/tunnel/v1 transcript"u8;

    public static ReadOnlySpan<byte> ConfirmResponder => "zeq/tunnel/v1 confirm r"u8;

    public static ReadOnlySpan<byte> InitiatorToResponder => "zeq/tunnel/v1 i2r"u8;

    public static ReadOnlySpan<byte> ResponderToInitiator => "zeq/tunnel/v1 r2i"u8;

    public static ReadOnlySpan<byte> Key => "zeq/tunnel/v1 key"u8;

    public static ReadOnlySpan<byte> Iv => "zeq/tunnel/v1 iv"u8;

    public static ReadOnlySpan<byte> Next => "zeq/tunnel/v1 next"u8;
}
