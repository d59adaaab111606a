using System.Text;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Signing;

/// <summary>A changed byte of a manifest never goes unnoticed by a command.</summary>
public sealed class ManifestFlipTests(ITestOutputHelper output)
{
    [StockFact]
    public async Task Every_flipped_byte_is_detected_by_list_test_and_restore()
    {
        using var signed = await SignedSet.MakeAsync();
        var random = Seed.Random(output);
        for (var at = 0; at < signed.Manifest.Length; at++)
        {
            foreach (var mask in Masks(random))
            {
                var flipped = (byte[])signed.Manifest.Clone();
                flipped[at] ^= mask;
                await AssertDetectedAsync(signed, flipped, $"byte {at} ^ {mask:x2}", BackupStatus.Tampered, BackupStatus.Invalid);
            }
        }

        signed.WriteManifest(signed.Manifest);
        Assert.Equal(BackupStatus.Complete, signed.Listed().Status);
    }

    [StockFact]
    public async Task Without_the_key_no_flipped_byte_passes_either()
    {
        using var signed = await SignedSet.MakeAsync();
        var random = Seed.Random(output);
        foreach (var key in new[] { null, "another-key-of-some-length" })
        {
            for (var at = 0; at < signed.Manifest.Length; at += random.Next(1, 9))
            {
                var flipped = (byte[])signed.Manifest.Clone();
                flipped[at] ^= (byte)random.Next(1, 256);
                signed.WriteManifest(flipped);
                Assert.Contains(signed.Listed(key).Status, new[] { BackupStatus.Unverified, BackupStatus.Invalid });
                Assert.Contains((await signed.TestedAsync(VerificationLevel.Signature, key)).Status,
                    new[] { CheckStatus.Inconclusive, CheckStatus.Failed });
            }
        }
    }

    [StockFact]
    public async Task Every_truncation_is_detected()
    {
        using var signed = await SignedSet.MakeAsync();
        for (var length = 0; length < signed.Manifest.Length; length++)
            await AssertDetectedAsync(signed, signed.Manifest[..length], $"cut to {length}", BackupStatus.Invalid);
    }

    [StockFact]
    public async Task What_is_appended_put_before_or_spelt_otherwise_is_detected()
    {
        using var signed = await SignedSet.MakeAsync();
        var text = Encoding.UTF8.GetString(signed.Manifest);
        var keyIdAt = text.IndexOf("\"keyId\": \"", StringComparison.Ordinal) + 10;
        var valueAt = text.IndexOf("\"value\": \"", StringComparison.Ordinal) + 10;
        string Upper(int at, int length) => text[..at] + text.Substring(at, length).ToUpperInvariant() + text[(at + length)..];
        var others = new Dictionary<string, string>
        {
            ["a line more"] = text + "\n",
            ["a line less"] = text.TrimEnd('\n'),
            ["a space"] = text + " ",
            ["a zero byte"] = text + "\0",
            ["itself again"] = text + text,
            ["a byte order mark"] = "\ufeff" + text,
            ["carriage returns"] = text.Replace("\n", "\r\n"),
            ["tabs"] = text.Replace("  ", "\t"),
            ["without blanks"] = text.Replace("\n", "").Replace("  ", ""),
            ["signature in capitals"] = Upper(valueAt, 64),
            ["key id in capitals"] = Upper(keyIdAt, 16),
            ["a member in capitals"] = text.Replace("\"sha256\": \"", "\"SHA256\": \"", StringComparison.Ordinal),
            ["a second label"] = text.Replace("\"label\": null,", "\"label\": null,\n  \"label\": \"mine\",", StringComparison.Ordinal),
            ["a second signature"] = text[..^3] + ",\n  \"signature\": null\n}\n",
            ["another member behind the signature"] = text[..^3] + ",\n  \"extra\": 1\n}\n",
            ["no signature"] = text[..text.IndexOf(",\n  \"signature\"", StringComparison.Ordinal)] + "\n}\n",
            ["a signature of noughts"] = text[..valueAt] + new string('0', 64) + text[(valueAt + 64)..],
            ["another algorithm"] = text.Replace("HMAC-SHA256", "none       ", StringComparison.Ordinal),
            ["an escaped letter"] = text.Replace("\"database\": \"app\"", "\"database\": \"\\u0061pp\"", StringComparison.Ordinal),
            ["another time"] = text.Replace("\"snapshotAt\": \"20", "\"snapshotAt\": \"21", StringComparison.Ordinal),
            ["one row more"] = text.Replace("\"rows\": 100", "\"rows\": 101", StringComparison.Ordinal),
        };
        foreach (var (what, other) in others)
        {
            Assert.True(other != text, $"{what} changes nothing");
            await AssertDetectedAsync(signed, Encoding.UTF8.GetBytes(other), what, BackupStatus.Tampered, BackupStatus.Invalid);
        }
    }

    private static async Task AssertDetectedAsync(SignedSet signed, byte[] manifest, string what, params BackupStatus[] statuses)
    {
        signed.WriteManifest(manifest);
        var listed = signed.Listed();
        Assert.True(statuses.Contains(listed.Status), $"{what}: listed as {listed.Status}");
        Assert.False(string.IsNullOrEmpty(listed.StatusDetail), what);
        var report = await signed.TestedAsync(VerificationLevel.Signature);
        Assert.True(report.Status == CheckStatus.Failed, $"{what}: tested as {report.Status}");
        await signed.RefusedAsync("SignatureMismatch", "ManifestInvalid");
    }

    private static IEnumerable<byte> Masks(Random random) => Seed.LongTests ? Enumerable.Range(1, 255).Select(mask => (byte)mask)
        : [(byte)random.Next(1, 256)];
}
