using System.Reflection;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>The programs that tests start as processes of their own, as `dotnet publish` makes them. The project of the test host builds
/// them.</summary>
internal static class ChildPrograms
{
    /// <summary>Full path of the folder that holds both programs with all that they need.</summary>
    public static string Folder { get; } = Path.GetFullPath(typeof(ChildPrograms).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(item => item.Key == "ChildrenFolder").Value!);

    /// <summary>Full path of the console command.</summary>
    public static string Postry => Path.Combine(Folder, PostryName);

    /// <summary>Name of the console command's file: a native program, or one that starts the runtime.</summary>
    public static string PostryName => OperatingSystem.IsWindows() ? "postry.exe" : "postry";

    /// <summary>Full path of the test host, a child that works with the engine.</summary>
    public static string TestHost => Path.Combine(Folder, OperatingSystem.IsWindows() ? "Postry.Ops.TestHost.exe" : "Postry.Ops.TestHost");
}
