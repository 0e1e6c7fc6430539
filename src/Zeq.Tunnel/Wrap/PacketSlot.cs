namespace Zeq.Tunnel;

/// <summary>A place in a buffer, for the calls that work on many packets. <c>default</c> is an empty place at the start.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
public record struct PacketSlot(int Offset, int Length);
