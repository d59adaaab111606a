using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests;

/// <summary>The lists of emitted records can be indexed in PowerShell, however the engine has made them.</summary>
public sealed class IndexableListTests
{
    [Fact]
    public void PowerShell_can_index_every_list_of_an_emitted_record()
    {
        var lists = Emitted().SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && ItemOf(property.PropertyType) is not null)
            .Select(property => (Type: type, Property: property))).ToList();
        Assert.True(lists.Count > 40, $"{lists.Count} lists");
        var bad = lists.Where(list => !IsIndexable(Kept(list.Type, list.Property)))
            .Select(list => $"{list.Type.Name}.{list.Property.Name}").Order();
        Assert.Equal([], bad);
    }

    // PowerShell looks for an array, or for a class with a default member.
    private static bool IsIndexable(object list) =>
        list.GetType().IsArray || list.GetType().GetCustomAttribute<DefaultMemberAttribute>(inherit: true) is not null;

    private static object Kept(Type type, PropertyInfo property)
    {
        var record = RuntimeHelpers.GetUninitializedObject(type);
        var made = typeof(IndexableListTests).GetMethod(nameof(MadeByTheCompiler), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(ItemOf(property.PropertyType)!).Invoke(null, null);
        Assert.False(IsIndexable(made!));
        property.SetValue(record, made);
        return property.GetValue(record)!;
    }

    private static IReadOnlyList<T> MadeByTheCompiler<T>() => [.. Enumerable.Repeat(default(T)!, 2).Where(_ => true)];

    private static HashSet<Type> Emitted()
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>(typeof(ResultJson).GetCustomAttributesData()
            .Where(data => data.AttributeType == typeof(JsonSerializableAttribute))
            .Select(data => (Type)data.ConstructorArguments[0].Value!));
        while (open.TryDequeue(out var next))
        {
            var type = ItemOf(next) ?? Nullable.GetUnderlyingType(next) ?? next;
            if (type.Assembly != typeof(BackupSet).Assembly || type.IsEnum || !found.Add(type)) continue;
            foreach (var property in type.GetProperties()) open.Enqueue(property.PropertyType);
        }

        return found;
    }

    private static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
}
