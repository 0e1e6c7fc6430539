using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>Where the fields of handshake packets stand (spec 51 §4). n is 1,088 in suite 2 and 0 in suite 1.</summary>
internal static class HandshakeLayout
{
    public const int SenderAt = 4;
    public const int InitLocatorAt = 8;
    public const int ResponseReceiverAt = 8;
    public const int ResponseZeroAt = 12;
    public const int StampAt = 16;
    public const int EphemeralAt = 24;
    public const int CipherTextAt = 56;
    public const int MacSizeBytes = 32;
    public const int ShortMacSizeBytes = 16;
    public const int ConfirmSizeBytes = 16;
    public const int ClassicSizeBytes = 104;
    public const int HybridSizeBytes = ClassicSizeBytes + MLKem768.CipherTextSizeBytes;

    public const int CookieSizeBytes = 52;
    public const int CookieReceiverAt = 4;
    public const int CookieNonceAt = 8;
    public const int CookieBoxAt = 20;
    public const int CookieValueSizeBytes = 16;
    public const int CookieHeadSizeBytes = 8;

    public static int CipherTextSize(TunnelSuite suite) => suite == TunnelSuite.Hybrid ? MLKem768.CipherTextSizeBytes : 0;

    public static int Size(TunnelSuite suite) => suite == TunnelSuite.Hybrid ? HybridSizeBytes : ClassicSizeBytes;

    /// <summary>Where the transcript ends: everything of a packet before its confirmation and MACs.</summary>
    public static int TranscriptEnd(TunnelSuite suite) => CipherTextAt + CipherTextSize(suite);

    public static int InitMacAt(TunnelSuite suite) => TranscriptEnd(suite);

    public static int InitCookieMacAt(TunnelSuite suite) => InitMacAt(suite) + MacSizeBytes;

    public static int ConfirmAt(TunnelSuite suite) => TranscriptEnd(suite);

    public static int ResponseMacAt(TunnelSuite suite) => ConfirmAt(suite) + ConfirmSizeBytes;

    /// <summary>Length, zeros and suite: there are two exact lengths and nothing else.</summary>
    public static bool IsInit(ReadOnlySpan<byte> packet) => HasShape(packet, DataHeader.TypeInit) && BinaryPrimitives.ReadUInt32LittleEndian(packet[SenderAt..]) != 0;

    public static bool IsResponse(ReadOnlySpan<byte> packet) => HasShape(packet, DataHeader.TypeResponse) && BinaryPrimitives.ReadUInt32LittleEndian(packet[SenderAt..]) != 0
        && BinaryPrimitives.ReadUInt32LittleEndian(packet[ResponseZeroAt..]) == 0;

    public static bool IsCookie(ReadOnlySpan<byte> packet) => packet.Length == CookieSizeBytes && (BinaryPrimitives.ReadUInt32LittleEndian(packet) == DataHeader.TypeCookie);

    public static uint Sender(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32LittleEndian(packet[SenderAt..]);

    public static ulong Locator(ReadOnlySpan<byte> init) => BinaryPrimitives.ReadUInt64BigEndian(init[InitLocatorAt..]);

    public static ulong Stamp(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt64BigEndian(packet[StampAt..]);

    public static void WriteMac(ReadOnlySpan<byte> key, Span<byte> packet, int at) => HMACSHA256.HashData(key, packet[..at], packet.Slice(at, MacSizeBytes));

    public static bool VerifyMac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> packet, int at)
    {
        Span<byte> mac = stackalloc byte[MacSizeBytes];
        HMACSHA256.HashData(key, packet[..at], mac);
        bool isRight = ConstantTime.AreEqual(mac, packet.Slice(at, MacSizeBytes));
        CryptographicOperations.ZeroMemory(mac);
        return isRight;
    }

    private static bool HasShape(ReadOnlySpan<byte> packet, byte type) =>
        packet.Length is ClassicSizeBytes or HybridSizeBytes && packet[0] == type && packet[2] == 0 && packet[3] == 0
        && packet[1] is (byte)TunnelSuite.Classic or (byte)TunnelSuite.Hybrid && packet.Length == Size((TunnelSuite)packet[1]);
}
