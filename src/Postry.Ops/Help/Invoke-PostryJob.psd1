@{
    Synopsis    = 'Runs a job of postry.json: its steps one after another, with one result.'
    Description = @(
        'A job is a list of steps in the section "jobs" of postry.json: backup, test, copy, prune, drill, metrics, smoke, or a command of your own. docs/unattended.md describes every key. New-PostryConfiguration writes three jobs.'
        'The report has a row for each step: Passed; Failed; Inconclusive, where something could not be checked or a backup is Suspicious; Skipped, for a step that had nothing to do or did not come to its turn. A step that does not pass ends the job, unless its onFailure is continue; then the job goes on and fails at its end.'
        'Tests, copies and drills use the backups that the same run of the job has made, and otherwise the newest good backup of each database.'
        'A job that did not succeed is the error JobFailed, after the report has been emitted. The history has one line for the job, besides those of its steps.'
        'A job runs only once at a time in a backup root. If another process is running it, the command ends with the error DatabaseBusy, waits (-WaitTimeout, which also holds for what its steps wait for), or says so in a report (-SkipIfRunning).'
    )
    Inputs      = 'System.String'
    Outputs     = 'Postry.Ops.Engine.Model.JobReport; Postry.Ops.Engine.Model.JobPlan with -WhatIf'
    Parameters  = @{
        Name          = 'The name of the job in postry.json.'
        SkipIfRunning = 'If another process is running the job: emits a report with the status Skipped, and no error.'
    }
    Examples    = @(
        @{ Code = 'Invoke-PostryJob nightly -WhatIf'; Text = 'Shows what each step would do.' }
        @{ Code = 'Invoke-PostryJob nightly'; Text = 'Runs the job.' }
        @{ Code = '(Invoke-PostryJob nightly).Steps | Where-Object Status -NE Passed'; Text = 'Runs the job, and lists the steps that did not pass.' }
        @{ Code = 'Get-PostryHistory -Operation Job -Last 7'; Text = 'Lists the last seven jobs.' }
    )
    Related     = 'New-PostryConfiguration', 'Get-PostryHistory', 'Backup-PostryDatabase', 'Test-PostryBackup', 'Invoke-PostryRestoreDrill', 'about_Postry.Ops'
}
