using System.Buffers;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Storage;

/// <summary>The keys of a backup store. Names are for people; order and identity come from manifests.</summary>
internal static partial class BackupKeys
{
    /// <summary>Folder of database artefacts and their manifests.</summary>
    public const string DatabaseFolder = "db";

    /// <summary>Folder of runtime archives and their manifests.</summary>
    public const string RuntimeFolder = "runtime";

    /// <summary>Folder of restore records.</summary>
    public const string RestoreFolder = "restores";

    /// <summary>Folder of the evidence of drills and tests.</summary>
    public const string DrillFolder = "drills";

    /// <summary>Ending of a manifest's key, after the artefact's.</summary>
    public const string ManifestSuffix = ".manifest.json";

    /// <summary>Ending of a pin's key, after the artefact's.</summary>
    public const string PinSuffix = ".pin.json";

    /// <summary>Ending of the key of the old scripts' metadata, after the artefact's.</summary>
    public const string LegacySuffix = ".meta.json";

    /// <summary>Ending of the name of a file that is only locked.</summary>
    public const string LockSuffix = ".lock";

    /// <summary>Start of the names of runtime archives.</summary>
    public const string RuntimePrefix = "runtime-";

    private const string IdAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int IdLength = 8;
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(IdAlphabet);

    /// <summary>The folder that a key lies in.</summary>
    public static string FolderOf(string key) => key[..Math.Max(0, key.LastIndexOf('/'))];

    /// <summary>The key itself. Errors: ArgumentException for one that could lead out of a store.</summary>
    public static string Require(string key) => key.Split('/').All(IsName)
        ? key : throw new ArgumentException($"'{key}' is no key of a backup store.", nameof(key));

    /// <summary>True for what can be one part of a key.</summary>
    public static bool IsName(string part) => part is not ("" or "." or "..") && part.AsSpan().IndexOfAny('/', '\0') < 0;

    /// <summary>The id in an artefact's key or path; empty where there is none.</summary>
    public static string IdOf(string artefact)
    {
        var name = Path.GetFileName(artefact.AsSpan());
        var end = name.LastIndexOf('-') + 1 + IdLength;
        return end >= IdLength && end < name.Length && name[end] == '.' && name[(end - IdLength)..end].IndexOfAnyExcept(IdCharacters) < 0
            ? name[(end - IdLength)..end].ToString() : "";
    }

    /// <summary>True for the name of a file or folder that is not finished: a draft by its id, a manifest that waits, or an object that is
    /// being put. Others may have partial files, too, and those are not ours.</summary>
    public static bool IsUnfinished(string name) => Unfinished().IsMatch(name);

    /// <summary>A new random id: eight characters without those that are easily mistaken for others.</summary>
    public static string NewId() => string.Create(IdLength, 0, (span, _) =>
    {
        foreach (ref var character in span) character = IdAlphabet[RandomNumberGenerator.GetInt32(IdAlphabet.Length)];
    });

    /// <summary>The id that a hash stands for: the same for the same hash.</summary>
    public static string IdOf(ReadOnlySpan<byte> hash)
    {
        Span<char> id = stackalloc char[IdLength];
        for (var i = 0; i < IdLength; i++) id[i] = IdAlphabet[hash[i] % IdAlphabet.Length];
        return new string(id);
    }

    [GeneratedRegex(@"(^[0-9a-z]{8}|\.(manifest|meta)\.json|\.[0-9a-f]{32})\.partial\z", RegexOptions.CultureInvariant)]
    private static partial Regex Unfinished();
}
