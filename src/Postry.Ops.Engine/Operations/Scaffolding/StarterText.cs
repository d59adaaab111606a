using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Schema;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Operations.Scaffolding;

/// <summary>Writes a first postry.json. Lines that begin with "//" and a quote or bracket are examples: without the // they are right as
/// they stand.</summary>
internal sealed class StarterText
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StringBuilder _text = new();
    private readonly DetectedDatabases _found;
    private readonly string _backupRoot;

    private StarterText(DetectedDatabases found, string backupRoot) => (_found, _backupRoot) = (found, backupRoot);

    /// <summary>The databases that the text names, by name.</summary>
    public static IReadOnlyList<string> Databases(DetectedDatabases found) => [.. Entries(found).Select(entry => entry.Name)];

    /// <summary>The text for what was found in a folder.</summary>
    public static string For(DetectedDatabases found, string backupRoot) => new StarterText(found, backupRoot).Write();

    private string Write()
    {
        Line("// Configuration of Postry.Ops. Precedence: parameter, environment variable, this file, default.");
        Line($"// {CommandName.ListSettings} shows the settings in effect and their sources. Never write a secret in this file.");
        Line("{");
        Line($"  \"$schema\": {Text($"./{ConfigurationSchema.FileName}")},");
        Line();
        Line("  // The folder of the backups, relative to this folder.");
        Line($"  \"backupRoot\": {Text(_backupRoot)},");
        Line();
        WriteDatabases();
        Line();
        WriteRuntime();
        Line();
        Line("  // The objectives of backups and restores: how old the newest backup may be, how long a restore may take,");
        Line("  // how large a backup is expected to be, how full its disk may get.");
        Line($"  \"objectives\": {Value(ConfigurationShape.Objectives)},");
        Line();
        Line("  // The rules that keep backups: a backup stays if one rule keeps it.");
        Line($"  // {CommandName.Prune} removes the others; without it nothing is removed.");
        Line("  \"retention\": { \"keepLast\": 3, \"keepDaily\": 14, \"keepWeekly\": 8, \"keepMonthly\": 12, \"minimumAge\": \"7d\" },");
        Line();
        Line("  // The share of the newest good backup that a new one must hold; a backup that holds less is Suspicious, " +
            $"and {OptionName.Latest} does not choose it.");
        Line($"  \"plausibility\": {Value(ConfigurationShape.Plausibility)},");
        Line();
        WriteJobs();
        Line();
        WriteExamples();
        Line("}");
        return _text.ToString();
    }

    private void WriteDatabases()
    {
        Line($"  // The databases by the names that {OptionName.Database} takes and that their backups have: \"path\" is a SQLite file, " +
            "\"urlVariable\" names the");
        Line("  // environment variable that holds an address with its password, \"url\" is an address without one.");
        foreach (var service in _found.Services)
            Line($"  // {Comment($"{service.File}: the service {service.Name} is PostgreSQL (image {service.Image}).")}");
        foreach (var (file, _) in _found.EnvFiles)
            Line($"  // {Comment($"{file} sets DATABASE_URL. That file is not read: set the variable where backups run.")}");
        Line("  \"databases\": {");
        var entries = Entries(_found).ToList();
        foreach (var (name, value) in entries) Line($"    {Text(name)}: {value},");
        if (entries.Count == 0) Line("    // \"app\": { \"path\": \"app.db\" },");
        if (!entries.Exists(entry => entry.Name == "example"))
            Line("    // \"example\": { \"urlVariable\": \"EXAMPLE_DATABASE_URL\", \"hooks\": { \"beforeSwap\": \"docker compose stop " +
                "backend\", \"afterSwap\": \"docker compose start backend\" } },");
        Line("  },");
    }

    private void WriteRuntime()
    {
        var runtime = ConfigurationShape.Runtime;
        Line("  // Runtime files that belong to a backup because git does not hold them. These are the defaults.");
        Line("  \"runtime\": {");
        foreach (var key in runtime.Keys.Where(key => key.Name != "required"))
            Line($"    {Text(key.Name)}: {Inline(key.Shape.ToJson(key.Get(runtime.Start)!))},");
        Line("    // A backup fails if one of these is missing:");
        Line("    // \"required\": [\".env\"],");
        Line("  },");
    }

    // A night ends with the metrics, whatever else failed, because they tell of it.
    private void WriteJobs()
    {
        Line($"  // The jobs: {CommandName.RunJob} nightly runs the steps one after another. A step that fails ends the job, unless");
        Line("  // it says \"onFailure\": \"continue\".");
        Line("  \"jobs\": {");
        Line("    \"nightly\": { \"steps\": [");
        Line("      { \"kind\": \"backup\" },");
        Line("      { \"kind\": \"test\", \"level\": \"Contents\" },");
        Line("      { \"kind\": \"copy\", \"onFailure\": \"continue\" },");
        Line("      { \"kind\": \"prune\" },");
        Line("      // { \"kind\": \"metrics\", \"path\": \"/var/lib/prometheus/node-exporter/postry.prom\" },");
        Line("    ] },");
        Line("    \"weekly-verification\": { \"steps\": [{ \"kind\": \"test\", \"level\": \"Restore\" }] },");
        Line("    \"monthly-disaster-recovery-test\": { \"steps\": [{ \"kind\": \"drill\" }] },");
        Line("  },");
    }

    private void WriteExamples()
    {
        Line("  // The checks that must pass after a restore.");
        Line("  // \"smoke\": {");
        Line("  //   \"http\": [{ \"name\": \"health\", \"url\": \"http://127.0.0.1:8000/health\", \"expectStatus\": \"2xx\" }],");
        Line("  //   \"tables\": [{ \"table\": \"posts\", \"columns\": [\"user_id\", \"email\", \"status\"], \"minimumRows\": 1 }],");
        Line("  //   \"sql\": [{ \"query\": \"SELECT * FROM posts LIMIT 10\", \"minimumRows\": 1 }],");
        Line("  // },");
        Line();
        Line("  // The targets of notifications. Secrets are named by environment variable only.");
        Line("  // \"notifications\": {");
        Line("  //   \"email\": [{ \"to\": [\"ops@example.org\"], \"from\": \"postry@example.org\", \"smtpHost\": \"mail.example.org\", " +
            "\"userVariable\": \"SMTP_USER\", \"passwordVariable\": \"SMTP_PASSWORD\" }],");
        Line("  //   \"webhook\": [{ \"urlVariable\": \"SLACK_WEBHOOK_URL\", \"on\": [\"backupFailed\"] }],");
        Line("  //   \"events\": [{ \"routingKeyVariable\": \"PAGERDUTY_ROUTING_KEY\", \"afterFailures\": 2 }],");
        Line("  // },");
    }

    /// <summary>
    /// The address in DATABASE_URL comes first, because it is what counts where nobody names a database. Files get their names before it,
    /// for those are the names that backups of them have had so far.
    /// </summary>
    private static IEnumerable<(string Name, string Value)> Entries(DetectedDatabases found)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        string Free(string name)
        {
            var plain = string.Concat(name.Select(c => "*?[]".Contains(c, StringComparison.Ordinal) || char.IsControl(c) ? '-' : c));
            var free = plain;
            for (var i = 2; !taken.Add(free); i++) free = $"{plain}-{i}";
            return free;
        }

        var files = found.SqliteFiles.Select(file =>
            (Free(Path.GetFileNameWithoutExtension(file) is { Length: > 0 } name ? name : "database"), $"{{ \"path\": {Text(file)} }}"))
            .ToList();
        return found.Environment == UrlKind.Postgres || found.EnvFiles.Any(file => file.Kind == UrlKind.Postgres)
            ? [(Free(taken.Contains("app") ? "postgres" : "app"),
                $"{{ \"urlVariable\": \"{EnvironmentVariables.DatabaseUrl}\", \"mode\": \"postgres\" }}"), .. files]
            : files;
    }

    private void Line(string line = "") => _text.Append(line).Append('\n');

    private static string Value<T>(ObjectShape<T> shape) where T : class =>
        $"{{\n{string.Concat(((JsonObject)shape.ToJson(shape.Start)).Select(Line))}  }}";

    private static string Line(KeyValuePair<string, JsonNode?> member) => $"    {Text(member.Key)}: {Inline(member.Value!)},\n";

    private static string Inline(JsonNode node) => node switch
    {
        JsonObject members => $"{{ {string.Join(", ", members.Select(member => $"{Text(member.Key)}: {Inline(member.Value!)}"))} }}",
        JsonArray items => $"[{string.Join(", ", items.Select(item => Inline(item!)))}]",
        _ => node.ToJsonString(Readable),
    };

    private static string Text(string text) => JsonValue.Create(text).ToJsonString(Readable);

    // A name or an image must not end the comment that it stands in.
    private static string Comment(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c));
}
