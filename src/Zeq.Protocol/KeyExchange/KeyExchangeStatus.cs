namespace Zeq.Protocol;

/// <summary>What came of a step of a key exchange.</summary>
public enum KeyExchangeStatus
{
    /// <summary>The step is done.</summary>
    Ok,

    /// <summary>The public key is none of ML-KEM-768: a wrong length, or a coefficient that is not below the modulus.</summary>
    InvalidPublicKey,

    /// <summary>The public key is not the pinned one.</summary>
    PinMismatch,

    /// <summary>No witnessed checkpoint carries the public key.</summary>
    NotWitnessed,

    /// <summary>The ciphertext has not 1,088 bytes.</summary>
    InvalidCipherText,

    /// <summary>The salt or the session id of the answer is not the one that belongs to this exchange.</summary>
    InvalidAnswer,

    /// <summary>The confirmation does not open, or says something else than this exchange: the other side does not hold the key, or something was changed on the way.</summary>
    ConfirmationRefused,
}
