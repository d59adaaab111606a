namespace Postry.Ops.TestHost;

/// <summary>Has a file open as a virus scanner does, which lets nobody replace or remove the file, until its input ends.</summary>
internal static class HoldVerb
{
    public static int Run(string path)
    {
        using var stop = Input.Ended();
        using var held = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Stopping.Say("holding");
        stop.Token.WaitHandle.WaitOne();
        return 0;
    }
}
