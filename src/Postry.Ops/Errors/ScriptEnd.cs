using System.Collections;
using System.Management.Automation;

namespace Postry.Ops.Errors;

/// <summary>Makes the exception that ends a script, as the throw statement does. ThrowTerminatingError ends only one statement.</summary>
internal static class ScriptEnd
{
    /// <summary>The exception of an error; -ErrorVariable gets the error too, which PowerShell fills only for its own kinds of
    /// errors.</summary>
    public static RuntimeException Of(ErrorRecord error, PSCmdlet cmdlet)
    {
        // A record that WriteError writes names the cmdlet, and scripts match on that.
        var named = new ErrorRecord(error.Exception, $"{error.FullyQualifiedErrorId},{cmdlet.GetType().FullName}",
            error.CategoryInfo.Category, error.TargetObject) { ErrorDetails = error.ErrorDetails };
        named.CategoryInfo.Activity = cmdlet.MyInvocation.MyCommand.Name;
        if (cmdlet.MyInvocation.BoundParameters.TryGetValue("ErrorVariable", out var variable)) Fill(cmdlet, $"{variable}", named);
        return new RuntimeException(error.Exception.Message, error.Exception, named) { WasThrownFromThrowStatement = true };
    }

    private static void Fill(PSCmdlet cmdlet, string variable, ErrorRecord error)
    {
        var name = variable.TrimStart('+');
        var errors = variable != name && cmdlet.SessionState.PSVariable.GetValue(name) is ArrayList known ? known : [];
        errors.Add(error);
        cmdlet.SessionState.PSVariable.Set(name, errors);
    }
}
