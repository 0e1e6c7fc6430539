namespace Zeq.Crypto;

/// <summary>
/// A point of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2, in extended coordinates (X : Y : Z : T), x = X/Z, y = Y/Z, xy = T/Z (RFC 8032 §5.1.4).
/// Constant time: the addition law is complete (d is no square), so addition and doubling are one sequence of field operations for every pair of points.
/// Decoding branches and is for public points alone.
/// </summary>
internal readonly struct EdwardsPoint
{
    internal readonly FieldElement X;
    internal readonly FieldElement Y;
    internal readonly FieldElement Z;
    internal readonly FieldElement T;

    internal EdwardsPoint(in FieldElement x, in FieldElement y, in FieldElement z, in FieldElement t)
    {
        X = x;
        Y = y;
        Z = z;
        T = t;
    }

    internal static EdwardsPoint Identity => new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    /// <summary>The base point: y = 4/5, x even.</summary>
    internal static EdwardsPoint Base { get; } = MakeBase();

    internal static EdwardsPoint Double(in EdwardsPoint p)
    {
        var a = FieldElement.Square(p.X);
        var b = FieldElement.Square(p.Y);
        var z2 = FieldElement.Square(p.Z);
        var h = FieldElement.Add(a, b);
        var e = FieldElement.Sub(h, FieldElement.Square(FieldElement.Add(p.X, p.Y)));
        var g = FieldElement.Sub(a, b);
        var f = FieldElement.Add(FieldElement.Add(z2, z2), g);
        return FromCompleted(e, f, g, h);
    }

    internal static EdwardsPoint Add(in EdwardsPoint p, in CachedPoint q)
    {
        var a = FieldElement.Mul(FieldElement.Sub(p.Y, p.X), q.YMinusX);
        var b = FieldElement.Mul(FieldElement.Add(p.Y, p.X), q.YPlusX);
        var c = FieldElement.Mul(p.T, q.T2D);
        var zz = FieldElement.Mul(p.Z, q.Z);
        return FromSums(a, b, c, zz);
    }

    internal static EdwardsPoint Add(in EdwardsPoint p, in AffinePoint q)
    {
        var a = FieldElement.Mul(FieldElement.Sub(p.Y, p.X), q.YMinusX);
        var b = FieldElement.Mul(FieldElement.Add(p.Y, p.X), q.YPlusX);
        var c = FieldElement.Mul(p.T, q.T2D);
        return FromSums(a, b, c, p.Z);
    }

    internal EdwardsPoint Negate() => new(FieldElement.Negate(X), Y, Z, FieldElement.Negate(T));

    /// <summary>Whether this is the neutral element. For public points.</summary>
    internal bool IsIdentity() => X.IsZero() && FieldElement.Sub(Y, Z).IsZero();

    /// <summary>Writes the 32 bytes of RFC 8032 §5.1.2.</summary>
    internal void Encode(Span<byte> bytes) => Encode(FieldElement.Invert(Z), bytes);

    /// <summary>Writes two points with one inversion, of the product of their Z.</summary>
    internal static void EncodeTwo(in EdwardsPoint p, Span<byte> pBytes, in EdwardsPoint q, Span<byte> qBytes)
    {
        var inverse = FieldElement.Invert(FieldElement.Mul(p.Z, q.Z));
        p.Encode(FieldElement.Mul(inverse, q.Z), pBytes);
        q.Encode(FieldElement.Mul(inverse, p.Z), qBytes);
    }

    private void Encode(in FieldElement inverse, Span<byte> bytes)
    {
        FieldElement.Mul(Y, inverse).ToBytes(bytes);
        Span<byte> x = stackalloc byte[32];
        FieldElement.Mul(X, inverse).ToBytes(x);
        bytes[31] |= (byte)((x[0] & 1) << 7);
    }

    /// <summary>Decodes 32 public bytes, non-canonical forms too (a y of p or more, a sign on x = 0). False where no point has that y.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out EdwardsPoint point)
    {
        var y = FieldElement.FromBytes(bytes);
        var y2 = FieldElement.Square(y);
        var u = FieldElement.Sub(y2, FieldElement.One);
        var v = FieldElement.Add(FieldElement.Mul(CurveConstants.D, y2), FieldElement.One);

        // x = sqrt(u/v) = u v^3 (u v^7)^((p-5)/8), or that times sqrt(-1).
        var v3 = FieldElement.Mul(FieldElement.Square(v), v);
        var v7 = FieldElement.Mul(FieldElement.Square(v3), v);
        var x = FieldElement.Mul(FieldElement.Mul(u, v3), FieldElement.PowerP58(FieldElement.Mul(u, v7)));
        var vx2 = FieldElement.Mul(v, FieldElement.Square(x));
        if (!FieldElement.Sub(vx2, u).IsZero())
        {
            if (!FieldElement.Add(vx2, u).IsZero())
            {
                point = default;
                return false;
            }

            x = FieldElement.Mul(x, CurveConstants.SqrtMinusOne);
        }

        if (x.IsNegative() != (bytes[31] >> 7 != 0))
        {
            x = FieldElement.Negate(x);
        }

        point = new EdwardsPoint(x, y, FieldElement.One, FieldElement.Mul(x, y));
        return true;
    }

    private static EdwardsPoint FromSums(in FieldElement a, in FieldElement b, in FieldElement c, in FieldElement zz)
    {
        var d = FieldElement.Add(zz, zz);
        return FromCompleted(FieldElement.Sub(b, a), FieldElement.Sub(d, c), FieldElement.Add(d, c), FieldElement.Add(b, a));
    }

    private static EdwardsPoint FromCompleted(in FieldElement e, in FieldElement f, in FieldElement g, in FieldElement h) =>
        new(FieldElement.Mul(e, f), FieldElement.Mul(g, h), FieldElement.Mul(f, g), FieldElement.Mul(e, h));

    private static EdwardsPoint MakeBase()
    {
        Span<byte> bytes = stackalloc byte[32];
        FieldElement.Mul(FieldElement.FromSmall(4), FieldElement.Invert(FieldElement.FromSmall(5))).ToBytes(bytes);
        TryDecode(bytes, out var point);
        return point;
    }
}

/// <summary>The constants of edwards25519, computed from their definitions.</summary>
internal static class CurveConstants
{
    /// <summary>d = -121665/121666.</summary>
    internal static readonly FieldElement D =
        FieldElement.Negate(FieldElement.Mul(FieldElement.FromSmall(121665), FieldElement.Invert(FieldElement.FromSmall(121666))));

    internal static readonly FieldElement TwoD = FieldElement.Mul(FieldElement.Add(D, D), FieldElement.One);

    /// <summary>A square root of -1: 2^((p-1)/4), and (p-1)/4 = 2 (p-5)/8 + 1.</summary>
    internal static readonly FieldElement SqrtMinusOne =
        FieldElement.Mul(FieldElement.Square(FieldElement.PowerP58(FieldElement.FromSmall(2))), FieldElement.FromSmall(2));
}

/// <summary>A point made ready to be added: (Y + X, Y - X, Z, 2dT).</summary>
internal readonly struct CachedPoint
{
    internal readonly FieldElement YPlusX;
    internal readonly FieldElement YMinusX;
    internal readonly FieldElement Z;
    internal readonly FieldElement T2D;

    internal CachedPoint(in EdwardsPoint p)
    {
        YPlusX = FieldElement.Add(p.Y, p.X);
        YMinusX = FieldElement.Sub(p.Y, p.X);
        Z = p.Z;
        T2D = FieldElement.Mul(p.T, CurveConstants.TwoD);
    }

    private CachedPoint(in FieldElement yPlusX, in FieldElement yMinusX, in FieldElement z, in FieldElement t2d)
    {
        YPlusX = yPlusX;
        YMinusX = yMinusX;
        Z = z;
        T2D = t2d;
    }

    internal CachedPoint Negate() => new(YMinusX, YPlusX, Z, FieldElement.Negate(T2D));
}

/// <summary>A point with Z = 1 made ready to be added: (y + x, y - x, 2dxy). <c>default</c> is no point.</summary>
internal readonly struct AffinePoint
{
    internal readonly FieldElement YPlusX;
    internal readonly FieldElement YMinusX;
    internal readonly FieldElement T2D;

    internal AffinePoint(in FieldElement yPlusX, in FieldElement yMinusX, in FieldElement t2d)
    {
        YPlusX = yPlusX;
        YMinusX = yMinusX;
        T2D = t2d;
    }

    internal static AffinePoint Identity => new(FieldElement.One, FieldElement.One, FieldElement.Zero);

    internal static AffinePoint From(in EdwardsPoint p) => From(p, FieldElement.Invert(p.Z));

    /// <summary>Many points with one inversion: the product of all Z is inverted, and each inverse is peeled off it.</summary>
    internal static AffinePoint[] FromMany(ReadOnlySpan<EdwardsPoint> points)
    {
        var before = new FieldElement[points.Length];
        var product = FieldElement.One;
        for (var i = 0; i < points.Length; i++)
        {
            before[i] = product;
            product = FieldElement.Mul(product, points[i].Z);
        }

        var affine = new AffinePoint[points.Length];
        var inverse = FieldElement.Invert(product);
        for (var i = points.Length - 1; i >= 0; i--)
        {
            affine[i] = From(points[i], FieldElement.Mul(inverse, before[i]));
            inverse = FieldElement.Mul(inverse, points[i].Z);
        }

        return affine;
    }

    private static AffinePoint From(in EdwardsPoint p, in FieldElement inverse)
    {
        var x = FieldElement.Mul(p.X, inverse);
        var y = FieldElement.Mul(p.Y, inverse);

        // Multiplied by one: brought below 2^52, so that a selected entry obeys the bounds of a product.
        return new(
            FieldElement.Mul(FieldElement.Add(y, x), FieldElement.One),
            FieldElement.Sub(y, x),
            FieldElement.Mul(FieldElement.Mul(x, y), CurveConstants.TwoD));
    }

    internal AffinePoint Negate() => new(YMinusX, YPlusX, FieldElement.Negate(T2D));

    /// <summary><paramref name="b"/> where the mask is all ones, <paramref name="a"/> where it is zero.</summary>
    internal static AffinePoint Select(in AffinePoint a, in AffinePoint b, ulong mask) => new(
        FieldElement.Select(a.YPlusX, b.YPlusX, mask),
        FieldElement.Select(a.YMinusX, b.YMinusX, mask),
        FieldElement.Select(a.T2D, b.T2D, mask));
}
