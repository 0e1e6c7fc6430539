namespace Zeq.Crypto;

/// <summary>
/// Arithmetic in Z_q[X]/(X^256 + 1), q = 3329, and the encodings of its elements (FIPS 203 §4.2 and §4.3). A polynomial is 256 signed 16-bit
/// coefficients in the order of the standard, also in the NTT domain. "Reduced" means at most q in absolute value, "canonical" means 0 to q - 1.
/// Every implementation is constant time in the coefficients, except <see cref="SampleUniform"/>, whose input is public.
/// </summary>
internal interface IKyberRing
{
    /// <summary>NTT in place (algorithm 9), of a reduced polynomial; the result is canonical.</summary>
    static abstract void Ntt(Span<short> polynomial);

    /// <summary>Inverse NTT in place (algorithm 10) of a reduced polynomial, times 2^16: undoes the 2^-16 of <see cref="Dot"/>. The result is reduced.</summary>
    static abstract void InverseNtt(Span<short> polynomial);

    /// <summary>
    /// The inner product of two vectors of three polynomials in the NTT domain (algorithm 11), times 2^-16. The coefficients of <paramref name="a"/> are
    /// 0 to 4,095, those of <paramref name="b"/> canonical. The result is reduced.
    /// </summary>
    static abstract void Dot(ReadOnlySpan<short> a, ReadOnlySpan<short> b, Span<short> result);

    /// <summary>Times 2^16, in place. The result is reduced.</summary>
    static abstract void ToMontgomery(Span<short> polynomial);

    /// <summary>Adds a polynomial; the sum is canonical. Both are at most 2q in absolute value.</summary>
    static abstract void Add(Span<short> polynomial, ReadOnlySpan<short> other);

    /// <summary><paramref name="minuend"/> less <paramref name="polynomial"/>, in place of the latter; canonical. Both are at most 2q in absolute value.</summary>
    static abstract void SubtractFrom(ReadOnlySpan<short> minuend, Span<short> polynomial);

    /// <summary>ByteEncode_12 of a canonical polynomial: 384 bytes.</summary>
    static abstract void Encode12(ReadOnlySpan<short> polynomial, Span<byte> bytes);

    /// <summary>The 256 numbers of 12 bits of 384 bytes, not reduced.</summary>
    static abstract void Decode12(ReadOnlySpan<byte> bytes, Span<short> polynomial);

    /// <summary>ByteEncode_10 of Compress_10 of a canonical polynomial: 320 bytes.</summary>
    static abstract void Compress10(ReadOnlySpan<short> polynomial, Span<byte> bytes);

    /// <summary>Decompress_10 of ByteDecode_10; canonical.</summary>
    static abstract void Decompress10(ReadOnlySpan<byte> bytes, Span<short> polynomial);

    /// <summary>ByteEncode_4 of Compress_4 of a canonical polynomial: 128 bytes.</summary>
    static abstract void Compress4(ReadOnlySpan<short> polynomial, Span<byte> bytes);

    /// <summary>Decompress_4 of ByteDecode_4; canonical.</summary>
    static abstract void Decompress4(ReadOnlySpan<byte> bytes, Span<short> polynomial);

    /// <summary>ByteEncode_1 of Compress_1 of a canonical polynomial: 32 bytes.</summary>
    static abstract void Compress1(ReadOnlySpan<short> polynomial, Span<byte> bytes);

    /// <summary>Decompress_1 of ByteDecode_1 of 32 bytes; canonical.</summary>
    static abstract void Decompress1(ReadOnlySpan<byte> bytes, Span<short> polynomial);

    /// <summary>SamplePolyCBD_2 (algorithm 8) of 128 bytes: coefficients from -2 to 2.</summary>
    static abstract void SampleNoise(ReadOnlySpan<byte> bytes, Span<short> polynomial);

    /// <summary>
    /// Takes the numbers below q of a block of SHAKE-128 output (algorithm 7) into the polynomial, from coefficient <paramref name="count"/> on, and tells how
    /// many it then has, at most 256. Its time depends on the bytes, which come from the public seed alone.
    /// </summary>
    static abstract int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count);

    /// <summary>Whether all of the polynomial's numbers of 12 bits are below q.</summary>
    static abstract bool IsBelowModulus(ReadOnlySpan<byte> bytes384);
}
