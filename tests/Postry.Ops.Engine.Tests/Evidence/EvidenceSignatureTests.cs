using Postry.Ops.Engine.Backups;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;
using Postry.Ops.Engine.Tests.Support;
using Xunit.Abstractions;

namespace Postry.Ops.Engine.Tests.Evidence;

/// <summary>The two signatures of evidence, by openssl and python, and against every change.</summary>
public sealed class EvidenceSignatureTests(ITestOutputHelper output) : IDisposable
{
    private const string Verify = "openssl dgst -sha256 -verify \"$1\" -signature \"$2\" \"$3\"";

    private readonly EvidenceFolderOfTest _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresFact("openssl")]
    public void Openssl_accepts_the_signature_and_rejects_every_kind_of_change()
    {
        var file = Signed();
        var (bytes, signature) = (File.ReadAllBytes(file), File.ReadAllBytes(file + ".sig"));
        Assert.Contains("Verified OK", Openssl(), StringComparison.Ordinal);
        byte[] flipped = [.. bytes];
        flipped[bytes.Length / 2] ^= 1;
        foreach (var changed in new byte[][] { flipped, bytes[..^1], [.. bytes, (byte)'\n'], [], File.ReadAllBytes(Signed()) })
        {
            File.WriteAllBytes(file, changed);
            Assert.ThrowsAny<Xunit.Sdk.XunitException>(Openssl);
            Assert.Equal(CheckStatus.Failed, Check(file).Status);
        }

        File.WriteAllBytes(file, bytes);
        flipped = [.. signature];
        flipped[^1] ^= 1;
        foreach (var changed in new byte[][] { flipped, signature[..^1], [.. signature, 0], [], File.ReadAllBytes(Signed() + ".sig") })
        {
            File.WriteAllBytes(file + ".sig", changed);
            // The program reads no more bytes than the longest signature has.
            if (changed.Length <= signature.Length) Assert.ThrowsAny<Xunit.Sdk.XunitException>(Openssl);
            Assert.Equal(CheckStatus.Failed, Check(file).Status);
            Assert.Contains(_folder.With(isSigned: true).List(), drill => drill.Evidence == CheckStatus.Failed);
        }

        string Openssl() => StockTools.Shell(Verify, _folder.PublicKey, file + ".sig", file);
    }

    [RequiresFact("openssl")]
    public void Every_changed_byte_is_found_by_each_signature_alone()
    {
        var file = Signed();
        var bytes = File.ReadAllBytes(file);
        var random = Seed.Random(output);
        for (var at = 0; at < bytes.Length; at++)
            foreach (var change in new[] { 0x20, random.Next(1, 256) })
            {
                byte[] flipped = [.. bytes];
                flipped[at] ^= (byte)change;
                File.WriteAllBytes(file, flipped);
                Assert.Equal(CheckStatus.Failed, Check(file).Status);
                Assert.Equal(CheckStatus.Failed, Check(file, Workspace.Key, hasPublicKey: false).Status);
            }

        File.WriteAllBytes(file, bytes);
        Assert.Equal(CheckStatus.Passed, Check(file).Status);
        Assert.Equal(CheckStatus.Passed, Check(file, Workspace.Key, hasPublicKey: false).Status);
        Assert.Equal(CheckStatus.Inconclusive, Check(file, null, hasPublicKey: false).Status);
    }

    [RequiresFact("python3")]
    public void Python_makes_the_same_integrity_signature()
    {
        var file = _folder.Files.Add(EvidenceFolderOfTest.Passed()).EvidenceFile!;
        Assert.Equal("same\n", StockTools.Latin("python3", ["-c", """
            import hashlib, hmac, json, sys
            text = open(sys.argv[1], 'rb').read()
            covered = text[:text.rindex(b',\n  "signature": {')]
            made = hmac.new(sys.argv[2].encode(), b'postry-ops/evidence/1\n' + covered, hashlib.sha256).hexdigest()
            print('same' if made == json.loads(text)['signature']['value'] else 'other')
            """, file, Workspace.Key]));
    }

    [RequiresFact("openssl")]
    public void The_id_of_a_public_key_is_that_of_its_bytes()
    {
        var id = _folder.With(isSigned: MadeKey()).Add(EvidenceFolderOfTest.Passed()).PublicKeyId;
        const string line = "openssl pkey -pubin -in \"$1\" -outform DER | sha256sum | cut -c1-16";
        Assert.Equal(id + "\n", StockTools.Shell(line, _folder.PublicKey));
    }

    [RequiresFact("openssl")]
    public void A_file_that_is_no_usable_key_is_refused_before_the_work()
    {
        const string good = "openssl ecparam -name prime256v1 -genkey -noout";
        var pem = _folder.PrivateKey;
        foreach (var (make, error, problem) in new[]
        {
            ("true", "InvalidRequest", "is not there"),
            ("echo text > \"$1\"", "InvalidRequest", "no private key in PEM form"),
            ("openssl genrsa 2048 > \"$1\" 2>/dev/null", "InvalidRequest", "no key for ECDSA"),
            ("openssl ecparam -name secp384r1 -genkey -noout > \"$1\"", "InvalidRequest", "not on the curve P-256"),
            ("openssl ecparam -name secp256k1 -genkey -noout > \"$1\"", "InvalidRequest", "not on the curve P-256"),
            ($"{good} | openssl pkcs8 -topk8 -passout pass:x > \"$1\"", "InvalidRequest", "is encrypted"),
            ($"{good} | openssl ec -aes128 -passout pass:x 2>/dev/null > \"$1\"", "InvalidRequest", "is encrypted"),
            ($"{good} | openssl pkey -pubout > \"$1\"", "InvalidRequest", "no private key"),
            ("rm \"$1\"; mkdir \"$1\"", "AccessDenied", "cannot be read"),
        })
        {
            StockTools.Shell(make, pem);
            var e = Assert.ThrowsAny<OpsException>(() => _folder.With(isSigned: true).Begin(EvidenceFolderOfTest.Passed()));
            Assert.Equal(error, e.ErrorId);
            Assert.Contains(problem, e.Message, StringComparison.Ordinal);
            Assert.NotEmpty(e.Hint);
        }

        Assert.False(Directory.Exists(_folder.Folder));
        Directory.Delete(pem);
        foreach (var make in new[] { "openssl ecparam -name prime256v1 -genkey > \"$1\"",
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 > \"$1\"" })
        {
            StockTools.Shell(make, pem);
            Assert.NotNull(_folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed()).PublicKeyId);
        }
    }

    private bool MadeKey()
    {
        _folder.MakeKey();
        return true;
    }

    private string Signed()
    {
        if (!File.Exists(_folder.PrivateKey)) _folder.MakeKey();
        return _folder.With(isSigned: true).Add(EvidenceFolderOfTest.Passed()).EvidenceFile!;
    }

    private ReadEvidence Check(string file, string? key = null, bool hasPublicKey = true)
    {
        var (store, name) = LocalBackupStore.Containing(file);
        return new EvidenceReader(store, _folder.Work.Settings(key).Keys,
            hasPublicKey ? EvidencePublicKey.Read(_folder.PublicKey) : null, isDemanded: hasPublicKey).Read(name);
    }
}
