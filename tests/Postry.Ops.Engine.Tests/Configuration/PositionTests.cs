using System.Text;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>Every complaint names the line and the column that an editor shows.</summary>
public sealed class PositionTests
{
    [Theory]
    [InlineData("""{ ^"retension": { "keepLast": 7 } }""", "did you mean 'retention'?")]
    [InlineData("{\n  \"objectives\": {\n    ^\"rop\": \"24h\"\n  }\n}", "did you mean 'rpo'?")]
    [InlineData("{\n  // twenty-four hours: \"rop\"\n  \"objectives\": { /* \n a comment \n */ ^\"rp0\": \"24h\", },\n}",
        "did you mean 'rpo'?")]
    [InlineData("{ \"runtime\": { \"keepOnRestore\": [\"A\", ^7] } }",
        "runtime.keepOnRestore[1] must be the name of a key such as MAINTENANCE_MODE, not a number.")]
    [InlineData("{ \"retention\": { \"keepLast\": ^\"7\" } }", "a whole number from 0 to 10000, not a text")]
    [InlineData("{ \"retention\": { \"keepLast\": ^7.5 } }", "a whole number from 0 to 10000")]
    [InlineData("{ \"retention\": { \"keepLast\": ^10001 } }", "a whole number from 0 to 10000")]
    [InlineData("{ \"runtime\": { \"enabled\": ^null } }", "leave the key out")]
    [InlineData("{ \"runtime\": ^[] }", "not a list in [ ]")]
    [InlineData("{ \"backupRoot\": ^\"\" }", "is empty")]
    [InlineData("{ \"objectives\": { \"rpo\": ^\"24\" } }", "with its unit")]
    [InlineData("{ \"objectives\": { \"rpo\": ^\"24h\\n\" } }", "with its unit")]
    [InlineData("{ \"objectives\": { \"maximumSize\": ^\"100 MB\" } }", "with its unit")]
    [InlineData("{ \"objectives\": { \"disk\": { \"warnUsed\": ^\"101%\" } } }", "from \"0%\" to \"100%\"")]
    [InlineData("{ \"objectives\": { \"disk\": { \"warnUsed\": ^\"95%\" } } }", "above objectives.disk.criticalUsed (90%)")]
    [InlineData("{ \"databases\": { \"a\": { \"urlVariable\": \"A\", \"profile\": ^\"Supabase\" } } }", "did you mean 'supabase'?")]
    [InlineData("{ \"databases\": { \"a\": { \"path\": \"a.db\", \"mode\": ^\"sqllite\" } } }", "did you mean 'sqlite'?")]
    [InlineData("{ \"databases\": { \"a\": ^{ } } }", "it needs one of path, urlVariable, url")]
    [InlineData("{ \"databases\": { \"a\": { \"path\": \"a.db\", \"url\": ^\"postgresql://db/a\" } } }", "has both 'path' and 'url'")]
    [InlineData("{ \"databases\": { \"a\": { \"path\": \"a.db\", \"schemas\": ^[\"x\"] } } }", "is for PostgreSQL")]
    [InlineData("{ \"databases\": { \"a\": { \"path\": \"a.db\", \"mode\": ^\"postgres\" } } }", "contradicts 'path'")]
    [InlineData("{ \"databases\": { ^\"a*\": { \"path\": \"a.db\" } } }", "wildcards")]
    [InlineData("{ ^\"\\u001b[31mred\": 1 }", "'\uFFFD[31mred'")]
    [InlineData(
        "{ \"databases\": { \"app\": { \"path\": \"a.db\" } }, \"smoke\": { \"tables\": [{ \"table\": \"posts\", \"database\": ^\"ap\" " +
        "}] } }", "did you mean 'app'?")]
    [InlineData("{ \"databases\": { \"app\": { \"url\": ^\"sqlite://app.db\" } } }", "cannot be read")]
    [InlineData("^[]", "The file must be an object")]
    [InlineData("^null", "The file must be an object")]
    [InlineData("{ \"smoke\": { \"sql\": [^{ \"query\": \"SELECT 1\", \"gradeColumn\": \"status\" }] } }", "give both")]
    [InlineData("{ \"smoke\": { \"sql\": [{ \"query\": \"SELECT 1\", \"atLeast\": ^\"1\" }] } }", "atLeast must be a number, not")]
    [InlineData("{ \"smoke\": { \"tables\": [{ \"table\": \"posts\", \"atLeastBackup\": ^false }] } }", "true, or a share")]
    [InlineData("{ \"smoke\": { \"freshness\": [^{ \"table\": \"posts\", \"maximumAge\": \"1d\" }] } }", "'table' with 'column'")]
    [InlineData("{ \"databases\": { \"app\": { \"path\": \"a.db\" } }, \"smoke\": { \"freshness\": [{ \"backup\": true, \"maximumAge\": \"1d\", \"database\": ^\"ap\" }] } }", "did you mean 'app'?")]
    [InlineData("{ \"smoke\": { \"http\": [^{ \"expectStatus\": 200 }] } }", "smoke.http[0] needs the key 'url'")]
    [InlineData("{ \"smoke\": { \"http\": [{ \"url\": \"http://x/\", \"expectStatus\": ^99 }] } }", "a status such as 200")]
    [InlineData("{ \"runtime\": { \"include\": [^\"../secrets\"] } }", "leaves the repo root")]
    [InlineData("{ \"runtime\": { \"include\": [^\"/etc/passwd\"] } }", "is not relative")]
    [InlineData("{ \"runtime\": { \"include\": [^\"C:/x\"] } }", "is not relative")]
    [InlineData("{ \"notifications\": { \"email\": [{ \"to\": ^[], \"from\": \"a\", \"smtpHost\": \"b\" }] } }", "needs at least one item")]
    [InlineData("{ \"databases\": { \"größe\": { \"path\": \"ü.db\", ^\"pth\": 1 } } }", "did you mean 'path'?")]
    [InlineData("{ \"databases\": { \"🐘🐘\": { \"path\": \"e\u0301.db\", ^\"pth\": 1 } } }", "did you mean 'path'?")]
    public void A_problem_is_told_where_it_is(string marked, string words)
    {
        Assert.Contains(words, ConfigurationText.ProblemAt(marked).Message);
        Assert.Contains(words, ConfigurationText.ProblemAt(marked, "\r\n").Message);
        Assert.Contains(words, ConfigurationText.ProblemAt(marked, "\r").Message);
    }

    [Theory]
    [InlineData("^", "The file is empty")]
    [InlineData("  // nothing else\n^", "The file is empty")]
    [InlineData("^hello", "the file begins with {")]
    [InlineData("{ \"runtime\": { } ^\"retention\": { } }", "a comma and the next name")]
    [InlineData("{ \"runtime\": { \"include\": [ \"a\" ^\"b\" ] } }", "a comma and the next value")]
    [InlineData("{ ^runtime: { } }", "a name in quotes")]
    [InlineData("{ ^'runtime': { } }", "not in single quotes")]
    [InlineData("{ \"runtime\" ^= { } }", "a name is followed by")]
    [InlineData("{ \"backupRoot\": ^backups }", "a name is followed by")]
    [InlineData("{ \"runtime\": { \"enabled\": true }^", "ends too early")]
    [InlineData("{ } ^{ }", "nothing but comments")]
    [InlineData("{ \"backupRoot\": \"back^\n\" }", "closing \" of this text is missing")]
    [InlineData("{ \"backupRoot\": \"C:^\\data\" }", "write \\\\ for it")]
    [InlineData("{ \"größe 🐘\": \"^\\x\" }", "write \\\\ for it")]
    [InlineData("{ \"backupRoot\": ^\"\\ud800\" }", "surrogate")]
    [InlineData("^/* {\n}", "begins here is not closed")]
    [InlineData("{\n  ^/* \"backupRoot\": \"x\"\n}\n", "begins here is not closed")]
    [InlineData("{ \"backupRoot\": \"/* \\\" /*\", // /*\n /* /* */ ^/* * /\n", "begins here is not closed")]
    [InlineData("{ \"backupRoot\" ^/* : \"x\" }", "begins here is not closed")]
    [InlineData("{ }\n^/*", "begins here is not closed")]
    [InlineData("{ \"backupRoot\": \"x\" ^/ }", "cannot stand here")]
    public void What_is_no_JSON_is_told_where_it_stops_being_that(string marked, string words)
    {
        Assert.Contains(words, ConfigurationText.ProblemAt(marked).Message);
        Assert.Contains(words, ConfigurationText.ProblemAt(marked, "\r\n").Message);
    }

    [Fact]
    public void A_byte_order_mark_is_no_column()
    {
        const string Text = "{ \"größer\": 1 }";
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            var problem = Assert.Single(ConfigurationText.Read([.. encoding.GetPreamble(), .. encoding.GetBytes(Text)]).Problems);
            Assert.Equal((1, 3), (problem.Origin.Line, problem.Origin.Column));
        }
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_told_where_they_are()
    {
        var problem = Assert.Single(ConfigurationText.Read([.. Encoding.UTF8.GetBytes("{\n \"ü\": \""), 0xFC,
            (byte)'"', (byte)'}']).Problems);
        Assert.Equal((2, 8), (problem.Origin.Line, problem.Origin.Column));
        Assert.Contains("not UTF-8", problem.Message);
    }

    [Fact]
    public void Lists_that_are_nested_without_end_are_refused()
    {
        var problem = Assert.Single(ConfigurationText.Read("{ \"runtime\": " + new string('[', 5000)).Problems);
        Assert.Contains("nested", problem.Message);
    }

    [Fact]
    public void A_key_that_is_there_twice_is_a_problem_of_the_second_which_names_the_first()
    {
        Assert.Contains("in line 2", ConfigurationText.ProblemAt("{\n  \"runtime\": {},\n  ^\"runtime\": {}\n}").Message);
        Assert.Contains("in line 1 of databases.app",
            ConfigurationText.ProblemAt("{ \"databases\": { \"app\": { \"path\": \"a\",\n ^\"path\": \"b\" } } }").Message);
        Assert.Contains("in line 1 of databases",
            ConfigurationText.ProblemAt("{ \"databases\": { \"app\": { \"path\": \"a\" },\n ^\"app\": { \"path\": \"b\" } } }").Message);
    }

    [Fact]
    public void All_problems_are_told_at_once_in_the_order_of_the_file()
    {
        var configuration = ConfigurationText.Read("""
            {
              "backuproot": "b",
              "databases": { "app": { "paht": "a.db", "mode": 1 }, "other": { "url": "oracle://x" } },
              "retention": { "keepLast": -1 },
              "smoke": { "sql": [{ "query": "SELECT 1", "database": "nowhere" }] },
              "objectives": { "rpo": true },
            }
            """);
        Assert.Equal([(2, 3), (3, 25), (3, 27), (3, 51), (3, 74), (4, 30), (5, 57), (6, 26)],
            configuration.Problems.Select(problem => (problem.Origin.Line, problem.Origin.Column)));
        var error = Assert.Throws<ConfigurationInvalidException>(() => configuration.Require(ConfigurationSections.All));
        Assert.Equal("ConfigurationInvalid", error.ErrorId);
        Assert.StartsWith(
            "The configuration has 8 problems:\n/srv/app/postry.json:2:3: There is no key 'backuproot' in the file; did you mean " +
            "'backupRoot'?\n", error.Message);
        Assert.All(configuration.Problems, problem => Assert.Contains(problem.ToString(), error.Message));
    }
}
