using System.Collections;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postry.Ops.TestHost;

/// <summary>
/// Stands in for a client program of PostgreSQL for Windows: a relay on this machine runs the program of Linux of the same name. The pipes
/// are texts, as those of the C library of Windows are: CR and newline are a newline on the way in and Ctrl-Z is the end, a newline is CR
/// and newline on the way out. The relay's port and its word are in a file of the folder above; the protocol is that of ClientRelay of the
/// tests.
/// </summary>
internal static class ClientStandIn
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var folder = Path.GetDirectoryName(Environment.ProcessPath)!;
        var relay = File.ReadAllText(Path.Combine(folder, "..", "relay.txt")).Split(' ');
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, int.Parse(relay[0], null));
        client.NoDelay = true;
        await using var stream = client.GetStream();
        await using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(relay[1]);
        writer.Write(Environment.ProcessPath!);
        Write(writer, arguments);
        Write(writer, [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}")
            .Where(text => text.StartsWith("APPDATA=", StringComparison.Ordinal) || text.StartsWith("PG", StringComparison.Ordinal))]);
        writer.Flush();
        _ = Task.Run(() => SendInput(writer));
        return Receive(new BinaryReader(stream));
    }

    private static void Write(BinaryWriter writer, string[] texts)
    {
        writer.Write(texts.Length);
        foreach (var text in texts) writer.Write(text);
    }

    private static void SendInput(BinaryWriter writer)
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[64 << 10];
        var text = new List<byte>();
        var hasReturn = false;
        for (var isOver = false; !isOver;)
        {
            var read = input.Read(buffer);
            isOver = read == 0;
            foreach (var one in buffer.AsSpan(0, read))
            {
                if (hasReturn && one != '\n') text.Add((byte)'\r');
                isOver |= one == 26;
                hasReturn = one == '\r';
                if (isOver) break;
                if (!hasReturn) text.Add(one);
            }

            if (isOver && hasReturn) text.Add((byte)'\r');
            if (text.Count > 0) Send(writer, [.. text]);
            text.Clear();
        }

        Send(writer, []);
    }

    private static void Send(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
        writer.Flush();
    }

    private static int Receive(BinaryReader reader)
    {
        Stream[] outputs = [Console.OpenStandardOutput(), Console.OpenStandardError()];
        while (true)
        {
            var kind = reader.ReadByte();
            if (kind == 2) return reader.ReadInt32();
            var text = reader.ReadBytes(reader.ReadInt32());
            using var translated = new MemoryStream(text.Length * 2);
            foreach (var one in text)
            {
                if (one == '\n') translated.WriteByte((byte)'\r');
                translated.WriteByte(one);
            }

            outputs[kind].Write(translated.GetBuffer().AsSpan(0, (int)translated.Length));
            outputs[kind].Flush();
        }
    }
}
