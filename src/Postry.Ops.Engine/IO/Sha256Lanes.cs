using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Postry.Ops.Engine.IO;

/// <summary>
/// SHA-256 of eight short texts at a time, one in each lane of a vector, and the sum of their first 16 bytes modulo 2^128.
/// A call of the system's hash costs four times as much as the hashing of a row of 100 bytes, and rows are what a database is made of.
/// </summary>
internal sealed unsafe class Sha256Lanes
{
    private const int Lanes = 8, Block = 64, Tail = 2 * Block;

    private static readonly uint[] Initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
        0x5be0cd19];

    private static readonly uint[] Constants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // Pinned, so that lanes can point into them. A word of all lanes lies together: word * Lanes + lane.
    private readonly uint[] _state = GC.AllocateArray<uint>(8 * Lanes, pinned: true);
    private readonly byte[] _tails = GC.AllocateArray<byte>((Lanes + 1) * Tail, pinned: true);
    private readonly byte*[] _next = new byte*[Lanes];
    private readonly int[] _blocks = new int[Lanes];
    private readonly int[] _tailBlocks = new int[Lanes];
    private readonly int[] _free = new int[Lanes];
    private int _freeLanes;

    public Sha256Lanes()
    {
        while (_freeLanes < Lanes) _free[_freeLanes] = _freeLanes++;
        for (var lane = 0; lane < Lanes; lane++) _next[lane] = TailOf(Lanes);
    }

    /// <summary>True where the processor has what this needs.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>The sum of everything that has left its lane.</summary>
    public UInt128 Sum { get; private set; }

    /// <summary>Adds a text. Its bytes must stay where they are until <see cref="Drain"/>.</summary>
    public void Add(byte* text, int length)
    {
        while (_freeLanes == 0) Step();
        var lane = _free[--_freeLanes];
        for (var word = 0; word < 8; word++) _state[word * Lanes + lane] = Initial[word];

        var rest = length % Block;
        var tail = new Span<byte>(TailOf(lane), rest < Block - 8 ? Block : Tail);
        new ReadOnlySpan<byte>(text + (length - rest), rest).CopyTo(tail);
        tail[rest] = 0x80;
        tail[(rest + 1)..].Clear();
        BinaryPrimitives.WriteInt64BigEndian(tail[^8..], 8L * length);

        _next[lane] = text;
        _blocks[lane] = length / Block;
        _tailBlocks[lane] = tail.Length / Block;
        if (_blocks[lane] == 0) EnterTail(lane);
    }

    /// <summary>Finishes every text that was added.</summary>
    public void Drain()
    {
        while (_freeLanes < Lanes) Step();
    }

    private byte* TailOf(int lane) => (byte*)Unsafe.AsPointer(ref _tails[lane * Tail]);

    private void EnterTail(int lane)
    {
        _next[lane] = TailOf(lane);
        _blocks[lane] = _tailBlocks[lane];
        _tailBlocks[lane] = 0;
    }

    private void Step()
    {
        fixed (uint* constants = Constants) Compress((uint*)Unsafe.AsPointer(ref _state[0]), constants);
        for (var lane = 0; lane < Lanes; lane++)
        {
            if (_blocks[lane] == 0) continue;
            _next[lane] += Block;
            if (--_blocks[lane] > 0) continue;
            if (_tailBlocks[lane] > 0) EnterTail(lane);
            else Finish(lane);
        }
    }

    private void Finish(int lane)
    {
        Sum = unchecked(Sum + new UInt128(
            (ulong)_state[lane] << 32 | _state[Lanes + lane],
            (ulong)_state[2 * Lanes + lane] << 32 | _state[3 * Lanes + lane]));
        // An idle lane goes on over the spare block: whatever comes out of it is nobody's.
        _next[lane] = TailOf(Lanes);
        _free[_freeLanes++] = lane;
    }

    // Optimised from the first call on: by the time the runtime noticed that it is hot, a small database would be done.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compress(uint* state, uint* k)
    {
        var w = stackalloc Vector256<uint>[16];
        Load(w, 0);
        Load(w + 8, Block / 2);
        var (a, b, c, d) = (Vector256.Load(state), Vector256.Load(state + 8), Vector256.Load(state + 16), Vector256.Load(state + 24));
        var (e, f, g, h) = (Vector256.Load(state + 32), Vector256.Load(state + 40), Vector256.Load(state + 48), Vector256.Load(state + 56));
        for (var round = 0; ;)
        {
            for (var i = 0; i < 16; i += 8)
            {
                Round(a, b, c, ref d, e, f, g, ref h, w[i], k[round + i]);
                Round(h, a, b, ref c, d, e, f, ref g, w[i + 1], k[round + i + 1]);
                Round(g, h, a, ref b, c, d, e, ref f, w[i + 2], k[round + i + 2]);
                Round(f, g, h, ref a, b, c, d, ref e, w[i + 3], k[round + i + 3]);
                Round(e, f, g, ref h, a, b, c, ref d, w[i + 4], k[round + i + 4]);
                Round(d, e, f, ref g, h, a, b, ref c, w[i + 5], k[round + i + 5]);
                Round(c, d, e, ref f, g, h, a, ref b, w[i + 6], k[round + i + 6]);
                Round(b, c, d, ref e, f, g, h, ref a, w[i + 7], k[round + i + 7]);
            }

            if ((round += 16) == 64) break;
            for (var i = 0; i < 16; i++)
            {
                var (early, late) = (w[(i + 1) & 15], w[(i + 14) & 15]);
                w[i] += (Rotate(early, 7) ^ Rotate(early, 18) ^ (early >>> 3)) + w[(i + 9) & 15]
                    + (Rotate(late, 17) ^ Rotate(late, 19) ^ (late >>> 10));
            }
        }

        (a + Vector256.Load(state)).Store(state);
        (b + Vector256.Load(state + 8)).Store(state + 8);
        (c + Vector256.Load(state + 16)).Store(state + 16);
        (d + Vector256.Load(state + 24)).Store(state + 24);
        (e + Vector256.Load(state + 32)).Store(state + 32);
        (f + Vector256.Load(state + 40)).Store(state + 40);
        (g + Vector256.Load(state + 48)).Store(state + 48);
        (h + Vector256.Load(state + 56)).Store(state + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, ref Vector256<uint> d,
        Vector256<uint> e, Vector256<uint> f, Vector256<uint> g, ref Vector256<uint> h, Vector256<uint> w, uint k)
    {
        var mixed = h + (Rotate(e, 6) ^ Rotate(e, 11) ^ Rotate(e, 25)) + (g ^ (e & (f ^ g))) + Vector256.Create(k) + w;
        d += mixed;
        h = mixed + (Rotate(a, 2) ^ Rotate(a, 13) ^ Rotate(a, 22)) + ((a & b) | (c & (a | b)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> value, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, bits) : (value >>> bits) | (value << (32 - bits));

    // Eight words of every lane, from one row per lane to one vector per word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Load(Vector256<uint>* w, int offset)
    {
        var swap = Vector256.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15,
            14, 13, 12);
        for (var lane = 0; lane < Lanes; lane++) w[lane] = Avx2.Shuffle(Vector256.Load(_next[lane] + offset), swap).AsUInt32();
        for (var i = 0; i < 8; i += 2) (w[i], w[i + 1]) = (Avx2.UnpackLow(w[i], w[i + 1]), Avx2.UnpackHigh(w[i], w[i + 1]));
        for (var i = 0; i < 8; i += 4)
        {
            var (p, q, r, s) = (w[i].AsUInt64(), w[i + 1].AsUInt64(), w[i + 2].AsUInt64(), w[i + 3].AsUInt64());
            (w[i], w[i + 1]) = (Avx2.UnpackLow(p, r).AsUInt32(), Avx2.UnpackHigh(p, r).AsUInt32());
            (w[i + 2], w[i + 3]) = (Avx2.UnpackLow(q, s).AsUInt32(), Avx2.UnpackHigh(q, s).AsUInt32());
        }

        for (var i = 0; i < 4; i++) (w[i], w[i + 4]) = (Avx2.Permute2x128(w[i], w[i + 4], 0x20), Avx2.Permute2x128(w[i], w[i + 4], 0x31));
    }
}
