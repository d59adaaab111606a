using System.Text.Json.Serialization;

namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>The four sources of a value; the first that has it wins.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SettingSource>))]
public enum SettingSource : long
{
    Parameter,
    Environment,
    File,
    Default,
}

/// <summary>The place where a value is written.</summary>
/// <param name="Source">The kind of source.</param>
/// <param name="Location">The file's full path, or the name of the environment variable or parameter.</param>
/// <param name="Line">Line in the file, from 1; 0 where there is no file.</param>
/// <param name="Column">Column in characters, from 1; 0 where there is no file.</param>
public sealed record ConfigurationOrigin(SettingSource Source, string Location, int Line = 0, int Column = 0)
{
    /// <summary>file:line:column, or the variable's name.</summary>
    public override string ToString() => Line > 0 ? $"{Location}:{Line}:{Column}" : Location;
}
