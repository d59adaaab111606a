using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Parsing;

/// <summary>The kinds of JSON values.</summary>
internal enum JsonKind
{
    Object,
    List,
    Text,
    Number,
    Switch,
    Null,
}

/// <summary>
/// A value with the place where it begins. Unlike the platform's own documents it keeps every member, also those whose name came before.
/// </summary>
/// <param name="Kind">The kind of the value.</param>
/// <param name="Origin">The place where the value is written.</param>
internal sealed record JsonItem(JsonKind Kind, ConfigurationOrigin Origin)
{
    /// <summary>A text without its quotes, a number as it is written, true or false.</summary>
    public string Text { get; init; } = "";

    /// <summary>The members of an object, in the order of the file.</summary>
    public IReadOnlyList<JsonMember> Members { get; init; } = [];

    /// <summary>The items of a list.</summary>
    public IReadOnlyList<JsonItem> Items { get; init; } = [];

    /// <summary>The kind in words, for messages.</summary>
    public string Words => Kind switch
    {
        JsonKind.Object => "an object in { }",
        JsonKind.List => "a list in [ ]",
        JsonKind.Text => "a text",
        JsonKind.Number => "a number",
        JsonKind.Switch => Text,
        _ => "null",
    };

    /// <summary>The member of that name, or null.</summary>
    public JsonItem? this[string name] => Members.FirstOrDefault(member => member.Name == name)?.Value;

    // Printing the members of a record would print what somebody wrote in the wrong place.
    public override string ToString() => Words;
}

/// <summary>A member of an object.</summary>
/// <param name="Name">The name.</param>
/// <param name="Origin">The place where the name is written.</param>
/// <param name="Value">The value.</param>
internal sealed record JsonMember(string Name, ConfigurationOrigin Origin, JsonItem Value)
{
    public override string ToString() => Value.Words;
}
