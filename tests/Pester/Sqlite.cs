using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace PostryTests
{
    /// <summary>
    /// A few calls of the native SQLite that lies in the staged module, so that the tests look at databases without the engine
    /// and without a tool that the machine may lack.
    /// </summary>
    public static class Sqlite
    {
        private const string Library = "e_sqlite3_of_the_tests";

        private static IntPtr _library;

        public static void Load(string moduleFolder)
        {
            var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            var rid = system + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
            var file = OperatingSystem.IsWindows() ? "e_sqlite3.dll" : OperatingSystem.IsMacOS() ? "libe_sqlite3.dylib" : "libe_sqlite3.so";
            _library = NativeLibrary.Load(Path.Combine(moduleFolder, "engine", "runtimes", rid, "native", file));
            NativeLibrary.SetDllImportResolver(typeof(Sqlite).Assembly, (name, assembly, path) => name == Library ? _library : IntPtr.Zero);
        }

        /// <summary>Runs one or more statements and returns their rows, columns joined by "|".</summary>
        public static string[] Query(string path, string sql)
        {
            var rows = new List<string>();
            var code = sqlite3_open(path, out var database);
            try
            {
                if (code != 0) throw new InvalidOperationException(path + " cannot be opened: " + code);
                sqlite3_busy_timeout(database, 10000);
                Callback add = (state, count, values, names) =>
                {
                    var columns = new string[count];
                    for (var i = 0; i < count; i++) columns[i] = Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(values, i * IntPtr.Size)) ?? "";
                    rows.Add(string.Join("|", columns));
                    return 0;
                };
                code = sqlite3_exec(database, sql, add, IntPtr.Zero, out var message);
                if (code != 0) throw new InvalidOperationException(Marshal.PtrToStringUTF8(message) + " in: " + sql);
                GC.KeepAlive(add);
                return rows.ToArray();
            }
            finally
            {
                sqlite3_close(database);
            }
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int Callback(IntPtr state, int count, IntPtr values, IntPtr names);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int sqlite3_open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out IntPtr database);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int sqlite3_busy_timeout(IntPtr database, int milliseconds);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int sqlite3_exec(IntPtr database, [MarshalAs(UnmanagedType.LPUTF8Str)] string sql, Callback callback,
            IntPtr state, out IntPtr message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        private static extern int sqlite3_close(IntPtr database);
    }
}
