namespace Zeq.Tunnel;

/// <summary>The keys of one handshake, in both directions, and when and with whom it was made. They are never written out (spec 06 rule 8).</summary>
internal sealed class TransportSession : IDisposable
{
    private readonly TunnelClock _clock;
    private readonly TunnelLimits _limits;
    private readonly int _era;

    public TransportSession(TunnelSession owner, SessionSecrets secrets, uint localIndex, uint remoteIndex, long startZeqond, PeerAddress address, TunnelClock clock, TunnelLimits limits)
    {
        bool isInitiator = owner.Role == TunnelRole.Initiator;
        Owner = owner;
        LocalIndex = localIndex;
        Address = address;
        StartMs = clock.NowMs;
        _clock = clock;
        _limits = limits;
        _era = clock.Era;
        Wrapper = new PacketWrapper(isInitiator ? secrets.InitiatorToResponder : secrets.ResponderToInitiator, remoteIndex, startZeqond, clock, limits);
        Unwrapper = new PacketUnwrapper(isInitiator ? secrets.ResponderToInitiator : secrets.InitiatorToResponder, localIndex, clock, limits);
    }

    public TunnelSession Owner { get; }

    public uint LocalIndex { get; }

    /// <summary>Where the handshake showed the peer to be.</summary>
    public PeerAddress Address { get; }

    public long StartMs { get; }

    public PacketWrapper Wrapper { get; }

    public PacketUnwrapper Unwrapper { get; }

    public bool IsEnded => Wrapper.IsEnded || Unwrapper.IsEnded;

    /// <summary>Whether the clock jumped since the handshake.</summary>
    public bool IsOfEarlierEra => _era != _clock.Era;

    /// <summary>Whether the initiator is to make another.</summary>
    public bool IsToBeRenewed => _clock.NowMs - StartMs >= _limits.RehandshakeAgeMs || Wrapper.Epoch >= _limits.RehandshakeEpoch || Unwrapper.Epoch >= _limits.RehandshakeEpoch;

    public void Sweep()
    {
        Wrapper.Sweep();
        Unwrapper.Sweep();
    }

    public void Dispose()
    {
        Wrapper.Dispose();
        Unwrapper.Dispose();
    }
}
