namespace Zeq.Crypto;

/// <summary>The hash functions of ML-KEM (FIPS 203 §4.1), and what they expand: the matrix and the noise.</summary>
internal interface IKyberHash
{
    /// <summary>H: SHA3-256.</summary>
    static abstract void H(ReadOnlySpan<byte> message, Span<byte> hash32);

    /// <summary>G: SHA3-512 of two parts.</summary>
    static abstract void G(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash64);

    /// <summary>J: SHAKE-256 of two parts, 32 bytes.</summary>
    static abstract void J(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output32);

    /// <summary>
    /// The matrix A of the public seed <paramref name="rho"/> in the NTT domain, row by row, or its transpose: 9 polynomials (algorithm 13, lines 3 to 7).
    /// </summary>
    static abstract void SampleMatrix<TRing>(ReadOnlySpan<byte> rho, bool isTransposed, Span<short> matrix)
        where TRing : struct, IKyberRing;

    /// <summary>As many noise polynomials as <paramref name="polynomials"/> holds, of PRF_2 with the numbers from <paramref name="nonce"/> on.</summary>
    static abstract void SampleNoise<TRing>(ReadOnlySpan<byte> seed, int nonce, Span<short> polynomials)
        where TRing : struct, IKyberRing;
}
