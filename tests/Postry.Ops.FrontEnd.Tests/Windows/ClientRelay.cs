using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Engines.Postgres.Tools;

namespace Postry.Ops.FrontEnd.Tests.Windows;

/// <summary>
/// Runs client programs of PostgreSQL for their stand-ins under Wine (ClientStandIn of the test host): with their arguments and variables,
/// whose paths become those of Linux. A program ends with its stand-in.
/// </summary>
/// <param name="drive">Full path, for Linux, of what Windows calls C:.</param>
internal sealed partial class ClientRelay(string drive) : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _word = Guid.NewGuid().ToString("N");

    /// <summary>The port, and a word that only stand-ins know.</summary>
    public string Place => $"{((IPEndPoint)_listener.LocalEndpoint).Port} {_word}";

    /// <summary>Each program that was run for more than its version: the stand-in's path and its arguments.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>A program that is not run, so that its stand-in waits for ever.</summary>
    public string Stuck { get; set; } = "";

    /// <summary>Counts the stand-ins that wait for ever.</summary>
    public SemaphoreSlim Waiting { get; } = new(0);

    /// <summary>Counts those of them that have ended.</summary>
    public SemaphoreSlim Ended { get; } = new(0);

    /// <summary>Starts to listen.</summary>
    public ClientRelay Start()
    {
        _listener.Start();
        _ = AcceptAsync();
        return this;
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The tests are over.
        }
    }

    private void Serve(TcpClient client)
    {
        using var open = client;
        client.NoDelay = true;
        var stream = client.GetStream();
        var reader = new BinaryReader(stream, Encoding.UTF8);
        if (reader.ReadString() != _word) return;
        var path = reader.ReadString();
        var program = Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
        var arguments = Strings(reader);
        var variables = Strings(reader).Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        if (arguments is not ["--version"])
        {
            Commands.Enqueue($"{path} {string.Join(' ', arguments)}");
            if (program == Stuck)
            {
                WaitForItsEnd(reader);
                return;
            }
        }

        using var process = Process.Start(OnLinux(program, arguments, variables))!;
        var isOver = false;
        try
        {
            var input = Task.Run(() => PassInputOn(reader, process, () => isOver));
            using var writer = new BinaryWriter(stream);
            Parallel.Invoke(() => PassOn(process.StandardOutput.BaseStream, writer, 0),
                () => PassOn(process.StandardError.BaseStream, writer, 1));
            process.WaitForExit();
            isOver = true;
            writer.Write((byte)2);
            writer.Write(process.ExitCode);
            writer.Flush();
            // A connection that is closed with something unread in it takes back what was written last.
            input.Wait();
        }
        catch (Exception e) when (e is AggregateException or IOException)
        {
            // The stand-in is gone.
            process.Kill();
            process.WaitForExit();
        }
    }

    private ProcessStartInfo OnLinux(string program, IEnumerable<string> arguments, Dictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(PgTools.Find(program, 1, "the tests' server").Path, arguments.Select(OnLinux))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in variables.Where(pair => pair.Key.StartsWith("PG", StringComparison.Ordinal)))
            start.Environment[name] = OnLinux(value);
        // There libpq for Windows looks for passwords.
        start.Environment.TryAdd("PGPASSFILE", OnLinux(variables["APPDATA"] + @"\postgresql\pgpass.conf"));
        return start;
    }

    private void WaitForItsEnd(BinaryReader reader)
    {
        Waiting.Release();
        try
        {
            while (true) reader.ReadByte();
        }
        catch (IOException)
        {
            Ended.Release();
        }
    }

    private static List<string> Strings(BinaryReader reader) =>
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];

    private static void PassOn(Stream output, BinaryWriter writer, byte kind)
    {
        var buffer = new byte[64 << 10];
        for (int read; (read = output.Read(buffer)) > 0;)
        {
            lock (writer)
            {
                writer.Write(kind);
                writer.Write(read);
                writer.Write(buffer, 0, read);
                writer.Flush();
            }
        }
    }

    private static void PassInputOn(BinaryReader reader, Process process, Func<bool> isOver)
    {
        try
        {
            while (true) Write(reader.ReadBytes(reader.ReadInt32()), process.StandardInput.BaseStream);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The stand-in is gone, and its program with it.
            if (!isOver()) process.Kill();
        }
    }

    private static void Write(byte[] text, Stream input)
    {
        try
        {
            if (text.Length == 0) input.Close();
            else input.Write(text);
            if (text.Length > 0) input.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The program takes no more.
        }
    }

    // "--file=C:\t1\backups\...", "C:\t1\entries.list", and "postgresql://...?passfile=C%3A%5Ct1%5Cpgpass".
    private string OnLinux(string word)
    {
        if (PasswordFile().Match(word) is { Success: true } match)
        {
            var file = OnLinux(Uri.UnescapeDataString(match.Groups[1].Value));
            // Wine's permissions of a private file are wider than libpq of Linux likes them.
            if (File.Exists(file)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return word.Replace(match.Groups[1].Value, Uri.EscapeDataString(file));
        }

        return WindowsPath().Match(word) is { Success: true } path
            ? path.Groups[1].Value + Path.Combine(drive, path.Groups[2].Value.Replace('\\', '/')) : word;
    }

    [GeneratedRegex(@"^((?:--[a-z-]+=)?)[Cc]:[\\/](.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex WindowsPath();

    [GeneratedRegex(@"^postgresql://.*[?&]passfile=([^&]+)", RegexOptions.CultureInvariant)]
    private static partial Regex PasswordFile();
}
