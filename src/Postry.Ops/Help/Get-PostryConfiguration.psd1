@{
    Synopsis    = 'Shows every effective setting and its source.'
    Description = @(
        'Precedence: parameter, environment variable, postry.json in the repo root, default. Each setting is shown with its source: the parameter, the variable, or the line of the file. Keys and passwords are masked.'
        'If postry.json or a variable is wrong, the command ends with an error that lists all problems at once, each with file, line, column and the nearest right name. So the command is also the test of a configuration.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Configuration.EffectiveSetting'
    Parameters  = @{
        Name = 'Shows only settings with these names, such as objectives.rpo; wildcards are allowed. An unknown name without wildcards is an error.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryConfiguration'; Text = 'Shows everything.' }
        @{ Code = 'Get-PostryConfiguration objectives.*'; Text = 'Shows the objectives of backups and restores.' }
        @{ Code = 'Get-PostryConfiguration | Where-Object Source -NE Default'; Text = 'Shows the settings that are not defaults.' }
    )
    Related     = 'New-PostryConfiguration', 'about_Postry.Ops'
}
