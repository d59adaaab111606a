using System.Collections;
using System.Management.Automation;

namespace Postry.Ops.Commands;

/// <summary>Reads tags: texts such as 'version=v2.14', or a hashtable such as @{ version = 'v2.14' }.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TagsAttribute : ArgumentTransformationAttribute
{
    /// <summary>True for a parameter that takes one tag.</summary>
    public bool IsSingle { get; init; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var texts = Texts(inputData).ToArray();
        if (!IsSingle) return texts;
        return texts is [var one] ? one : throw new ArgumentTransformationMetadataException("One tag is expected, such as version=v2.14.");
    }

    private static IEnumerable<string> Texts(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        null => [],
        string text => [text],
        IDictionary tags => tags.Keys.Cast<object>().Select(key => $"{Text(key)}={Text(tags[key])}"),
        IEnumerable several => several.Cast<object?>().SelectMany(Texts),
        var other => [Text(other)],
    };

    // Numbers and dates are written as PowerShell writes them, which is the same in every culture.
    private static string Text(object? value) => LanguagePrimitives.ConvertTo<string>(value) ?? "";
}
