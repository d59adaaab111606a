using System.Diagnostics;
using System.Security.Cryptography;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// The attempts to make backups, one line each, in a file of the backup root. A failed backup leaves no other trace. Each line names the
/// SHA-256 of the line before it, so that a removed line is noticed.
/// </summary>
internal sealed class BackupHistory(OpsSettings settings)
{
    // A file that a command tries to fill every minute stays readable; the newest lines are those that count.
    private const int MostBytes = 4 << 20;
    private const int MostLineBytes = 64 << 10;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _path = BackupLayout.HistoryFile(settings.BackupRoot);

    /// <summary>Adds a line, durably; nothing where there is no backup root. Errors: IOException, UnauthorizedAccessException.</summary>
    public void Append(BackupAttempt attempt)
    {
        if (!Directory.Exists(settings.BackupRoot)) return;
        // A machine that only fetches copies needs no key, and its unsigned lines would make the history doubtful.
        if (attempt.Operation == BackupAttempt.Copy && !settings.Keys.HasSigningKey) return;
        using var file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var (last, isTorn) = LastLine(file);
        var key = settings.Keys.HasSigningKey ? settings.Keys.SigningKey(_path, allowWeak: true) : null;
        var line = HistoryLine.Write(attempt with { Previous = last is null ? null : Hash(last) }, key);
        file.Seek(0, SeekOrigin.End);
        // One write, so that a killed process leaves at most a torn last line.
        file.Write([.. isTorn ? "\n"u8 : [], .. line, (byte)'\n']);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The newest attempts, oldest first; none where there is no history. Errors: IOException,
    /// UnauthorizedAccessException.</summary>
    public HistoryReading Read()
    {
        byte[] bytes;
        try
        {
            using var file = Open(FileMode.Open, FileAccess.Read);
            bytes = Tail(file, MostBytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return HistoryReading.Empty;
        }

        return Parse(bytes, isWhole: bytes.Length < MostBytes);
    }

    private HistoryReading Parse(byte[] bytes, bool isWhole)
    {
        var (attempts, untold) = (new List<BackupAttempt>(), new List<int>());
        var (unreadable, number) = (0, 0);
        byte[]? before = null;
        var (isFirst, isTorn) = (true, bytes is [.., not (byte)'\n']);
        foreach (var range in ((ReadOnlySpan<byte>)bytes).Split((byte)'\n'))
        {
            var line = bytes[range];
            if (line.Length == 0) continue;
            // The first line of a part of the file may be half a line, and the line before the second one is not known.
            if (!isFirst || isWhole)
            {
                number++;
                var attempt = HistoryLine.Read(line, settings.Keys);
                if (attempt is null) unreadable++;
                else if (attempt.Previous == (before is null ? null : Hash(before))) attempts.Add(attempt with { Line = number });
                else attempts.Add(attempt with { Line = number, Trust = CheckStatus.Failed });
                if (attempt is null || IsUntold(attempt)) untold.Add(number);
            }

            (before, isFirst) = (line, false);
        }

        return new HistoryReading(attempts, unreadable, isTorn) { IsWhole = isWhole, Untold = untold };
    }

    // A forger without the key can still add a line, or write another key's name into one: what that line said before is not known. An
    // attempt without a key fails, and leaves a line without a signature.
    private bool IsUntold(BackupAttempt attempt) => settings.Keys.All.Count > 0 && attempt.Trust == CheckStatus.Inconclusive
        && (attempt.KeyId is not null || attempt.Result == AttemptResult.Succeeded);

    private static (byte[]? Line, bool IsTorn) LastLine(FileStream file)
    {
        var tail = Tail(file, MostLineBytes).AsSpan();
        var isTorn = tail is [.., not (byte)'\n'];
        tail = tail.TrimEnd((byte)'\n');
        return tail.IsEmpty ? (null, isTorn) : (tail[(tail.LastIndexOf((byte)'\n') + 1)..].ToArray(), isTorn);
    }

    private static byte[] Tail(FileStream file, int most)
    {
        var bytes = new byte[Math.Min(file.Length, most)];
        file.Seek(-bytes.Length, SeekOrigin.End);
        file.ReadExactly(bytes);
        return bytes;
    }

    private static string Hash(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line));

    // The lock on the opened file ends with its process, and leaves no file of its own. Whoever meets a writer waits for its one line.
    private FileStream Open(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, BufferSize = 0,
            Share = access == FileAccess.Read ? FileShare.Read : FileShare.None };
        if (mode != FileMode.Open && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (var waited = Stopwatch.StartNew(); ; Thread.Sleep(Pause))
        {
            try
            {
                if (OperatingSystem.IsWindows() && mode != FileMode.Open && !File.Exists(_path)) Files.CreatePrivate(_path).Dispose();
                return new FileStream(_path, options);
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException) && !Files.IsDiskFull(e)
                && waited.Elapsed < LongestWait)
            {
            }
        }
    }
}

/// <summary>The history as it was read.</summary>
/// <param name="Attempts">The attempts, oldest first.</param>
/// <param name="Unreadable">The number of lines that cannot be read.</param>
/// <param name="IsTorn">True where the last line has no end, because its process was killed.</param>
internal sealed record HistoryReading(IReadOnlyList<BackupAttempt> Attempts, int Unreadable, bool IsTorn)
{
    /// <summary>True where the attempts are all of the history; false where older ones were left out.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The places of the lines whose attempt is not known: they cannot be read, or no key here has signed them.</summary>
    public IReadOnlyList<int> Untold { get; init; } = [];

    /// <summary>A history without a line.</summary>
    public static readonly HistoryReading Empty = new([], 0, false);
}
