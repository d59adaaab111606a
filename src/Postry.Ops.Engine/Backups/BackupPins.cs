using System.Text.Json;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Backups;

/// <summary>The pins beside the backups of a store. A pin that cannot be trusted keeps its backup, too: to remove one is the greater
/// harm.</summary>
internal sealed class BackupPins(IBackupStore store, Keyring keys)
{
    private const int LargestBytes = 64 << 10;
    private const int MostTries = 3;

    /// <summary>Key of the pin of an artefact, whether it is there or not.</summary>
    public static string KeyOf(string artefactKey) => artefactKey + BackupKeys.PinSuffix;

    /// <summary>The set with its pin, if it has one.</summary>
    public BackupSet Mark(BackupSet set, string artefactKey)
    {
        // Most sets have none, and an exception for each is slow.
        if (store.Size(KeyOf(artefactKey)) is null) return set;
        byte[]? bytes;
        try
        {
            bytes = ManifestReader.ReadBytes(store, KeyOf(artefactKey), LargestBytes);
        }
        catch (FileNotFoundException)
        {
            return set;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Doubtful(set, $"It cannot be read: {e.Message}");
        }

        if (bytes is null) return Doubtful(set, "The file is too large for a pin.");
        if (FindProblem(SignedText.Verify(bytes, BackupPin.Domain, keys)) is { } problem) return Doubtful(set, problem);
        var pin = Parse(bytes);
        return pin is null || pin.Format != BackupPin.CurrentFormat ? Doubtful(set, "The file is no pin that this version can read.")
            : pin.File != Path.GetFileName(artefactKey) ? Doubtful(set, $"It was made for another backup, {pin.File}.")
            : set with
            {
                HasPin = true,
                Pinned = pin.Until is not { } until || until > DateTime.UtcNow,
                PinnedUntil = pin.Until,
                PinNote = pin.Note,
                PinnedBy = pin.By,
            };
    }

    /// <summary>Signs a pin and writes it, in place of an older one. Errors: IOException, UnauthorizedAccessException.</summary>
    public void Put(string artefactKey, BackupPin pin, IntegrityKey key)
    {
        var bytes = SignedText.Sign(pin.ToJson(), BackupPin.Domain, key);
        for (var tried = 1; ; tried++)
        {
            try
            {
                store.Put(KeyOf(artefactKey), bytes, replace: true);
                return;
            }
            catch (FileNotFoundException) when (tried < MostTries)
            {
                // A writer that has just begun has swept the file, which had not got its name yet.
            }
        }
    }

    /// <summary>Removes a pin. Errors: IOException, UnauthorizedAccessException.</summary>
    public void Remove(string artefactKey) => store.Delete(KeyOf(artefactKey));

    // The text of such a pin may be forged, and an end in the past would be the way to get at the backup.
    private static BackupSet Doubtful(BackupSet set, string problem) => set with { HasPin = true, Pinned = true, PinProblem = problem };

    private static string? FindProblem(SignatureCheck signature) => signature.Verdict switch
    {
        SignatureVerdict.Valid => null,
        SignatureVerdict.Mismatch => "It was changed after it was signed.",
        SignatureVerdict.WrongKey => $"It was signed with the key {signature.KeyId}, which is missing here.",
        SignatureVerdict.NoKey => $"There is no key to check it with: {EnvironmentVariables.IntegrityKey} is not set.",
        _ => "The file does not end in a signature.",
    };

    private static BackupPin? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, EngineJson.Default.BackupPin);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
