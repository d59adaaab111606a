@{
    Synopsis    = 'Writes results as JSON: whole, with durations and times in ISO 8601, exactly as the console does.'
    Description = @(
        'ConvertTo-Json writes a duration as an object of fifteen properties, and cuts what lies deeper than its -Depth. This command writes the document that "postry --json" prints for the same result; schema/postry.results.schema.json of the module describes it.'
        'One result becomes an object, several become an array.'
    )
    Inputs      = 'Results of the commands of this module, or parts of them, such as the checks of a test'
    Outputs     = 'System.String'
    Parameters  = @{
        InputObject = 'Results of the commands of this module, or parts of them. Another object is an error; the others are written.'
        AsArray     = 'Writes an array also for one result, or for none.'
        Compress    = 'Writes everything in one line.'
    }
    Examples    = @(
        @{ Code = 'Test-PostryBackup -Latest | ConvertTo-PostryJson | Set-Content report.json'; Text = 'Keeps the report of a test as evidence.' }
        @{ Code = 'Get-PostryBackup | ConvertTo-PostryJson -AsArray -Compress'; Text = 'Writes all backups as an array in one line.' }
    )
    Related     = 'Get-PostryBackup', 'Test-PostryBackup', 'Get-PostryRestore', 'about_Postry.Ops'
}
