using System.Text;
using Postry.Ops.Engine.Engines.Postgres.PlainDumps;
using Postry.Ops.Engine.Tests.Postgres.Zoo;
using Postry.Ops.Engine.Tests.Support;
using Postry.Ops.Engine.Tests.Support.Postgres;

namespace Postry.Ops.Engine.Tests.Legacy;

/// <summary>However a dump is cut into pieces on its way, the same of it is let through, or refused.</summary>
public sealed class ScriptPiecesTests
{
    [StockTheory]
    [MemberData(nameof(HostileDumpTests.Hostile), MemberType = typeof(HostileDumpTests))]
    [MemberData(nameof(HostileDumpTests.Harmless), MemberType = typeof(HostileDumpTests))]
    public void The_same_verdict_for_pieces_of_any_size(string text)
    {
        var bytes = Encoding.UTF8
            .GetBytes(
            $"--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.posts (id integer);\n{text}\n--\n-- PostgreSQL database dump " +
            $"complete\n--\n");
        var whole = Read(bytes, bytes.Length);
        foreach (var size in new[] { 1, 2, 3, 5, 16 }) Assert.Equal(whole, Read(bytes, size));
    }

    [PostgresFact]
    public async Task The_same_text_goes_on_whatever_the_pieces()
    {
        var zoo = await ZooDatabase.MakeAsync(PostgresServer.Shared);
        foreach (var options in new[] { Array.Empty<string>(), ["--inserts"], ["--clean", "--if-exists"] })
        {
            var bytes = Encoding.UTF8.GetBytes(PostgresServer.Shared.Tool("pg_dump", options, zoo.Database));
            var whole = Read(bytes, bytes.Length);
            Assert.StartsWith("whole: ", whole);
            foreach (var size in new[] { 1, 7, 4096 }) Assert.True(whole == Read(bytes, size), $"pieces of {size} bytes");
        }
    }

    // Returns the text that goes on to psql, the reason why the dump is not whole, or the reason for its refusal.
    private static string Read(byte[] text, int size)
    {
        var feed = new DumpFeed(new ScriptPurpose());
        try
        {
            for (var at = 0; at < text.Length; at += size) feed.Append(text.AsSpan(at, Math.Min(size, text.Length - at)));
            feed.Complete();
            return $"{feed.Missing ?? "whole"}: {Encoding.UTF8.GetString(feed.Kept.Span)}";
        }
        catch (ScriptRefusal e)
        {
            return $"refused: {e.What}";
        }
    }
}
