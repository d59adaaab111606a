namespace Postry.Ops.Engine.IO;

/// <summary>
/// The shell that is a program's parent and also reads a pipe of ours. The pipe ends by our hand or with this process, and then the shell
/// ends the program. (The kernel's own signal for that comes when the thread ends that started the child, and threads come and go here.)
/// </summary>
internal static class ParentDeathGuard
{
    // Ctrl-C in a console reaches the shell, too: it must stay until its child has ended.
    private const string Begin = """
        trap : INT TERM HUP QUIT
        exec 3<&0
        "$@" 3<&- </dev/null &
        child=$!

        """;

    private const string Wait = """
         <&3 >/dev/null 2>&1 &
        watcher=$!
        exec 3<&-
        while :; do
          wait "$child"
          code=$?
          kill -0 "$child" 2>/dev/null || break
        done
        kill "$watcher" 2>/dev/null

        """;

    private const string End = """
        exit "$code"
        """;

    /// <summary>The shell script for programs that end by themselves.</summary>
    public const string Program = Begin + """{ trap - INT TERM HUP QUIT; read -r word; kill -TERM "$child"; }""" + Wait + End;

    /// <summary>
    /// The shell script for a server whose data folder is in DATA: the line "stop" is a fast stop, another line an immediate one. If the
    /// pipe ends without a line, no process needs the data any more, and the folder is removed. (The mark for that is written by `true`,
    /// because a shell ends where `:` cannot write: the server of a folder that is gone already would run on.)
    /// </summary>
    public const string Server = Begin
        + """{ trap - INT TERM HUP QUIT; if read -r word; then if [ "$word" = stop ]; then kill -INT "$child"; else kill -QUIT "$child"; fi; else true > "$DATA/orphan"; kill -QUIT "$child"; fi; }"""
        + Wait + """
        if [ -e "$DATA/orphan" ]; then rm -rf "$DATA"; fi

        """ + End;
}
