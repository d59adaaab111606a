using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Postry.Ops.Cli.Demo;

/// <summary>Makes up users and posts that look like an application's, the same ones every time.</summary>
internal sealed class SampleRows(SqliteConnection connection)
{
    private static readonly DateTime Epoch = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly string[] Statuses = ["draft", "review", "published", "archived"];
    private static readonly string?[] Archetypes = ["sage", "hero", "rebel", "caregiver", null];

    private static readonly string[] Words =
    [
        "backup", "proof", "restore", "ledger", "harbour", "copper", "morning", "signal", "river", "granite", "window", "letter", "voyage",
        "garden", "thread", "amber", "cloud", "meadow", "lantern",
    ];

    private readonly Random _random = new(20260101);

    /// <summary>Inserts rows in the transaction that is open.</summary>
    public void Insert(int users, int posts)
    {
        using var user = Prepare("INSERT INTO users VALUES($id, $email, $name, $credits, $at)",
            "$id", "$email", "$name", "$credits", "$at");
        for (var id = 1; id <= users; id++) Run(user, id, Email(id), $"{Word()} {Word()}", _random.Next(1_000), Time(id));

        using var post = Prepare("INSERT INTO posts VALUES($id, $user, $email, $status, $archetype, $likes, $score, $body, $at)",
            "$id", "$user", "$email", "$status", "$archetype", "$likes", "$score", "$body", "$at");
        for (var id = 1; id <= posts; id++)
        {
            var owner = _random.Next(users) + 1;
            Run(post, id, owner, Email(owner), Pick(Statuses), Pick(Archetypes) ?? (object)DBNull.Value,
                _random.Next(500), _random.NextDouble(), Body(), Time(id));
        }
    }

    private SqliteCommand Prepare(string sql, params string[] names)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in names) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        command.Prepare();
        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private static string Email(int user) => $"user{user}@example.org";

    private static string Time(int minutes) => Epoch.AddMinutes(minutes).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private string Body() => string.Join(' ', Enumerable.Range(0, _random.Next(6, 24)).Select(_ => Word()));

    private string Word() => Pick(Words);

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}
