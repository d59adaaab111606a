@{
    Synopsis    = 'Checks that an application and its data are well.'
    Description = @(
        'Asks addresses, pages, ports, commands, databases and the monitoring summary, side by side. A check that does not pass asks again, with growing pauses, until the deadline of all. The report holds one result for each check: Passed; Failed, where the answer was wrong or the application did not answer; Inconclusive, where the check could not ask (a missing token, a monitoring address that refuses the connection); Skipped, where a check that must pass before did not.'
        'Checks come from addresses, from the section "smoke" of postry.json, or from a file of the same form; docs/configuration.md has every key. Queries run in read-only transactions with a timeout. Nothing is changed.'
        'A check that does not pass is a result, not an error: use -Quiet, or the Status of the report, to decide. The Status is Passed only if every check passed.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.SmokeReport, or System.Boolean with -Quiet; Postry.Ops.Engine.Model.SmokePlan with -WhatIf'
    Parameters  = @{
        Url          = 'Addresses that must answer with a status of 2xx, in place of the checks of postry.json.'
        Name         = 'Only these checks, and those that must pass before them. * and ? are wildcards.'
        File         = 'A file with checks, in the form of the section "smoke" of postry.json, in place of that section.'
        Path         = 'The SQLite database in which queries and tables are checked, taken exactly as written. By default the databases that the checks name, else all of postry.json.'
        DatabaseUrl  = 'The address of the PostgreSQL database in which queries and tables are checked. The forms are those of Backup-PostryDatabase.'
        Credential   = 'Role and password, in place of those of the address.'
        Deadline     = 'How long all checks together may take, such as 90s or 2m. By default STARTUP_SMOKE_TIMEOUT_SECONDS, else the deadline of the checks, else a minute.'
        Baseline     = 'A file with the critical alerts of before. Only new ones fail; the old ones are listed.'
        SaveBaseline = 'Writes the critical alerts that there are now into this file. They count as those of before.'
        JUnitPath    = 'Writes the results into this file as JUnit XML, which CI systems show.'
        Quiet        = 'Emits true if every check passed, and false otherwise, instead of the report.'
    }
    Examples    = @(
        @{ Code = 'Invoke-PostrySmoke http://127.0.0.1:8000/health, http://127.0.0.1:5173/'; Text = 'Asks the back end and the front end, for a minute at most.' }
        @{ Code = "if (-not (Invoke-PostrySmoke -Quiet)) { throw 'The application is not well.' }"; Text = 'Ends a script unless every check of postry.json passes.' }
        @{ Code = '(Invoke-PostrySmoke -JUnitPath smoke.xml).Checks | Where-Object Status -NE Passed'; Text = 'Lists what did not pass, and writes a file for the CI system.' }
        @{ Code = 'Invoke-PostrySmoke -WhatIf'; Text = 'Lists what would be asked.' }
    )
    Related     = 'Restore-PostryDatabase', 'New-PostryConfiguration', 'about_Postry.Ops'
}
