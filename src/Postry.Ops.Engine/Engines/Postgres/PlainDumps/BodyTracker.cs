namespace Postry.Ops.Engine.Engines.Postgres.PlainDumps;

/// <summary>
/// Tells whether a semicolon ends a statement or stands in the body of a function (BEGIN ATOMIC ... END), by the same rule of thumb as
/// psql's. The server has a more exact rule, by which psql's one statement could be several. So only statements that such a body can hold
/// are let through.
/// </summary>
internal sealed class BodyTracker
{
    private const string NoBody = "BEGIN in a definition that begins no body";

    private static readonly HashSet<string> Starts =
        ["select", "insert", "update", "delete", "merge", "with", "values", "return", "table", "end"];

    private readonly char[] _first = new char[4];
    private int _words;
    private int _depth;
    private bool _atomicNext;
    private bool _statementNext;

    /// <summary>True outside of a body.</summary>
    public bool IsOutside => _depth == 0;

    /// <summary>Takes the next word, in lower case; returns what is wrong with it, or null.</summary>
    public string? Word(string word, int parentheses)
    {
        if (_atomicNext && word != "atomic") return NoBody;
        if (_statementNext && parentheses == 0 && !Starts.Contains(word))
            return "a statement in the body of a function that is not a query";
        (_statementNext, _atomicNext) = (_atomicNext, false);
        if (_words < _first.Length && word is ("create" or "function" or "procedure" or "or" or "replace")) _first[_words] = word[0];
        _words++;
        if (!IsRoutine || parentheses > 0) return null;
        if (word == "begin")
        {
            _depth++;
            _atomicNext = true;
        }
        else if (word == "case" && _depth > 0)
        {
            _depth++;
        }
        else if (word == "end" && _depth > 0)
        {
            _depth--;
        }

        return null;
    }

    /// <summary>Takes a symbol; returns what is wrong with it, or null.</summary>
    public string? Symbol(char symbol) => _atomicNext ? NoBody : _statementNext && symbol != '('
        ? "something in the body of a function that is not a query" : null;

    /// <summary>Takes a semicolon that ends no statement of psql's.</summary>
    public void Semicolon(int parentheses) => _statementNext = parentheses == 0;

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        Array.Clear(_first);
        (_words, _depth, _atomicNext, _statementNext) = (0, 0, false, false);
    }

    // CREATE [OR REPLACE] {FUNCTION|PROCEDURE}
    private bool IsRoutine => _first is ['c', 'f' or 'p', ..] or ['c', 'o', 'r', 'f' or 'p'];
}
