using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel.Tests;

/// <summary>Two sides, and the network between them in the hands of the test.</summary>
internal sealed class Pair : IDisposable
{
    public static readonly byte[] Key = SHA256.HashData("a shared key"u8);
    public static readonly Guid TunnelId = Guid.Parse("0198f2c1-1111-7222-8333-444455556666");

    private readonly TunnelSuite _suite;
    private readonly TunnelLimits? _limits;
    private readonly TunnelEndpointOptions? _options;
    private readonly (byte[] Encapsulation, byte[] Decapsulation) _keysI = MakeKem(1);
    private readonly (byte[] Encapsulation, byte[] Decapsulation) _keysR = MakeKem(2);

    public Pair(TunnelSuite suite = TunnelSuite.Classic, TunnelLimits? limits = null, TunnelEndpointOptions? options = null, bool persistent = false)
    {
        _suite = suite;
        _limits = limits;
        _options = options;
        Time = new ManualTime();
        Responder = NewResponder();
        Initiator = NewInitiator(persistent);
    }

    public ManualTime Time { get; }

    public Side Initiator { get; private set; }

    public Side Responder { get; private set; }

    /// <summary>What the network does to a datagram: what it returns arrives.</summary>
    public Func<Datagram, IEnumerable<Datagram>> Network { get; set; } = datagram => [datagram];

    /// <summary>Everything that was carried.</summary>
    public List<Datagram> Carried { get; } = [];

    public static (byte[] Encapsulation, byte[] Decapsulation) MakeKem(byte number)
    {
        byte[] seed = new byte[MLKem768.SeedSizeBytes];
        seed.AsSpan().Fill(number);
        byte[] encapsulation = new byte[MLKem768.EncapsulationKeySizeBytes];
        byte[] decapsulation = new byte[MLKem768.DecapsulationKeySizeBytes];
        MLKem768.GenerateKey(seed, encapsulation, decapsulation);
        return (encapsulation, decapsulation);
    }

    public TunnelSecrets Secrets(TunnelRole role, byte[]? key = null) => _suite == TunnelSuite.Classic
        ? TunnelSecrets.CreateStatic(role, key ?? Key, isClaimed: false)
        : TunnelSecrets.Create(
            role, _suite, TunnelId, key ?? Key, "B_i"u8, "B_r"u8,
            role == TunnelRole.Initiator ? _keysI.Decapsulation : _keysR.Decapsulation,
            role == TunnelRole.Initiator ? _keysR.Encapsulation : _keysI.Encapsulation);

    public Side NewInitiator(bool persistent = false)
    {
        var side = new Side(Secrets(TunnelRole.Initiator), Time, "192.0.2.1:1000", Side.At("192.0.2.2:2000"), _limits, null, persistent);
        side.Tunnel.Connect();
        return side;
    }

    public Side NewResponder() => new(Secrets(TunnelRole.Responder), Time, "192.0.2.2:2000", default, _limits, _options);

    public void RestartInitiator()
    {
        Initiator.Dispose();
        Initiator = NewInitiator();
    }

    public void RestartResponder()
    {
        Responder.Dispose();
        Responder = NewResponder();
    }

    /// <summary>Carries datagrams until nobody says anything more.</summary>
    public void Pump()
    {
        while (Initiator.Sent.Count + Responder.Sent.Count > 0)
        {
            Datagram[] sent = [.. Initiator.TakeSent(), .. Responder.TakeSent()];
            foreach (Datagram datagram in sent)
            {
                Carried.Add(datagram);
                foreach (Datagram arriving in Network(datagram))
                {
                    if (arriving.To == Responder.Address)
                    {
                        Responder.Receive(arriving);
                    }
                    else if (arriving.To == Initiator.Address)
                    {
                        Initiator.Receive(arriving);
                    }
                }
            }
        }
    }

    /// <summary>Both sides tick, and what they say is carried.</summary>
    public void Tick()
    {
        Initiator.Tick();
        Responder.Tick();
        Pump();
    }

    /// <summary>Time passes in steps of a quarter second.</summary>
    public void Run(long milliseconds)
    {
        for (long passed = 0; passed < milliseconds; passed += 250)
        {
            Time.Advance(Math.Min(250, milliseconds - passed));
            Tick();
        }
    }

    public Pair Up()
    {
        Tick();
        Assert.Equal(TunnelState.Up, Initiator.Tunnel.State);
        Assert.Equal(TunnelState.Up, Responder.Tunnel.State);
        return this;
    }

    public void Dispose()
    {
        Initiator.Dispose();
        Responder.Dispose();
    }
}
