using System.Diagnostics;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// The history of a backup root: one line for each operation. A failed backup leaves no other trace. Each line has a number and names the
/// SHA-256 of the line before it, so that a removed line is noticed. A file that has grown large becomes an older file, and the lines go on
/// in a new one.
/// </summary>
/// <param name="settings">The backup root and the keys.</param>
internal sealed partial class HistoryLog(OpsSettings settings)
{
    private const int MostLineBytes = 64 << 10;
    private const long MostNumber = 999_999_999_999;

    // A file is as large only where something else than this product has written into it.
    private const long MostFileBytes = 256 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _path = BackupLayout.HistoryFile(settings.BackupRoot);

    /// <summary>The size in bytes at which a file becomes an older one. Some thousand lines.</summary>
    public int FullBytes { get; init; } = 2 << 20;

    /// <summary>The number of older files that stay.</summary>
    public int MostOlderFiles { get; init; } = 30;

    /// <summary>True for the name of a file of the history, also of one that is being written.</summary>
    public static bool IsFileName(string name) => name == Path.GetFileName(BackupLayout.HistoryFile("")) || OlderName.IsMatch(name);

    /// <summary>Adds a line, durably; nothing where there is no backup root. A history that cannot be written never fails an
    /// operation.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="observer">Hears why the line could not be written.</param>
    public void TryAppend(HistoryEntry entry, IOperationObserver observer)
    {
        try
        {
            Append(entry);
        }
        catch (Exception e)
        {
            var problem = $"The end of this operation ({entry.Operation}) could not be written into the history. {e.Message}";
            // A user who tests, copies or compares backups may only be able to read here.
            var mayOnlyRead = entry.Operation != HistoryEntry.Backup && (e is UnauthorizedAccessException || Files.IsUnwritable(e));
            if (mayOnlyRead) observer.Detail(problem);
            else observer.Warning(problem);
        }
    }

    /// <summary>Adds a line, durably; nothing where there is no backup root. Errors: IOException, UnauthorizedAccessException.</summary>
    public void Append(HistoryEntry entry)
    {
        if (!Directory.Exists(settings.BackupRoot)) return;
        // A machine that only reads backups needs no key, and its unsigned lines would make the history doubtful.
        if (entry.Operation != HistoryEntry.Backup && !settings.Keys.HasSigningKey) return;
        using var file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var (last, number, isTorn) = End(file);
        if (file.Length >= FullBytes && KeepAsOlder(file)) isTorn = false;
        var key = settings.Keys.HasSigningKey ? settings.Keys.SigningKey(_path, allowWeak: true) : null;
        var line = HistoryLine.Write(entry with { Number = number + 1, Previous = last is null ? null : HistoryChain.Hash(last) }, key);
        var length = file.Length;
        file.Seek(0, SeekOrigin.End);
        try
        {
            // One write, so that a killed process leaves at most a torn last line.
            file.Write([.. isTorn ? "\n"u8 : [], .. line, (byte)'\n']);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }

    /// <summary>The newest entries, some thousand: enough to judge the last backups. Errors: IOException,
    /// UnauthorizedAccessException.</summary>
    public HistoryReading Read() => Read(mostOlder: 1);

    /// <summary>Reads every entry. Errors: IOException, UnauthorizedAccessException.</summary>
    public HistoryReading ReadAll() => Read(int.MaxValue);

    private HistoryReading Read(int mostOlder)
    {
        FileStream? file = null;
        try
        {
            file = Open(FileMode.Open, FileAccess.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
        }

        List<string> read;
        List<byte[]> parts;
        bool isWhole;
        // The file that is held keeps others from making an older file. They wait, so nothing is checked meanwhile.
        using (file)
        {
            var older = OlderFiles();
            read = older.Skip(Math.Max(0, older.Count - mostOlder)).ToList();
            parts = read.ConvertAll(ReadAll);
            if (file is not null) parts.Add(ReadAll(file));
            isWhole = read.Count == older.Count && older.Count < MostOlderFiles;
        }

        var chain = new HistoryChain(settings.Keys);
        for (var i = 0; i < read.Count; i++) chain.RequireBeginning(Path.GetFileName(read[i]), FirstNumber(parts[i]));
        // A process that was killed while it made an older file has left the same lines in both files.
        for (var i = parts.Count - 2; i >= 0; i--)
            if (parts[i + 1].AsSpan().StartsWith(parts[i])) parts.RemoveAt(i);
        return chain.Parse(parts, isWhole);
    }

    // The last line, the number of the last line that can be read, and whether the file ends within a line.
    private (byte[]? Line, long Number, bool IsTorn) End(FileStream file)
    {
        var end = EndOf(Tail(file));
        if (end.Line is not null || OlderFiles() is not [.., var newest]) return end;
        using var older = Files.OpenToRead(newest);
        return EndOf(Tail(older)) with { IsTorn = false };
    }

    private static (byte[]? Line, long Number, bool IsTorn) EndOf(byte[] tail)
    {
        var (last, number) = ((byte[]?)null, 0L);
        var rest = tail.AsSpan().TrimEnd((byte)'\n');
        while (!rest.IsEmpty && number == 0)
        {
            var start = rest.LastIndexOf((byte)'\n') + 1;
            last ??= rest[start..].ToArray();
            number = HistoryLine.Parse(rest[start..]) is { Number: <= MostNumber and var known } ? known : 0;
            rest = rest[..start].TrimEnd((byte)'\n');
        }

        return (last, number, tail is [.., not (byte)'\n']);
    }

    // The lines are copied before the file is emptied. A process that is killed in between leaves them in both files, which a reader
    // notices, and the next line does the same again. A file that cannot be named, or whose name is taken, goes on growing.
    private bool KeepAsOlder(FileStream file)
    {
        var bytes = ReadAll(file);
        if (FirstNumber(bytes) is not { } first) return false;
        var older = Path.Combine(settings.BackupRoot, Invariant($"history-{first:D9}.jsonl"));
        if (File.Exists(older) && !bytes.AsSpan().StartsWith(Files.ReadAllBytes(older))) return false;
        using (var copy = Files.CreatePrivate(older + Files.PartialSuffix, FileMode.Create))
        {
            copy.Write(bytes);
            copy.Flush(flushToDisk: true);
        }

        Files.Publish(older + Files.PartialSuffix, older, replace: true);
        file.SetLength(0);
        var all = OlderFiles();
        foreach (var oldest in all.Take(all.Count - MostOlderFiles)) Files.TryDelete(oldest);
        return true;
    }

    private static long? FirstNumber(byte[] bytes)
    {
        foreach (var line in ((ReadOnlySpan<byte>)bytes).Split((byte)'\n'))
            if (HistoryLine.Parse(bytes.AsSpan(line)) is { } entry) return entry.Number;
        return null;
    }

    // The names sort by the number of the first line.
    private List<string> OlderFiles() => Directory.Exists(settings.BackupRoot)
        ? [.. Directory.EnumerateFiles(settings.BackupRoot, "history-*.jsonl").Where(path => OlderName.IsMatch(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal)]
        : [];

    private static byte[] Tail(FileStream file)
    {
        var bytes = new byte[Math.Min(file.Length, MostLineBytes)];
        file.Seek(-bytes.Length, SeekOrigin.End);
        file.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] ReadAll(string path)
    {
        using var file = Files.OpenToRead(path);
        return ReadAll(file);
    }

    private static byte[] ReadAll(FileStream file)
    {
        if (file.Length > MostFileBytes)
            throw new IOException(Invariant($"{file.Name} has {file.Length:N0} bytes, and no history is so large. Move it away."));
        var bytes = new byte[file.Length];
        file.Seek(0, SeekOrigin.Begin);
        file.ReadExactly(bytes);
        return bytes;
    }

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
                && !Files.IsUnwritable(e) && waited.Elapsed < LongestWait)
            {
            }
        }
    }

    [GeneratedRegex(@"^history-[0-9]{9,18}\.jsonl(\.partial)?$", RegexOptions.CultureInvariant)]
    private static partial Regex OlderName { get; }
}
