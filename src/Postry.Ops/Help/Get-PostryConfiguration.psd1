@{
    Synopsis    = 'Shows every effective setting and where it came from.'
    Description = @(
        'A parameter counts more than an environment variable, that more than postry.json in the repo root, and that more than the default. Each setting is shown with the place that won: the parameter, the variable, or the line of the file. Keys and passwords are masked.'
        'Anything that is wrong with postry.json or with a variable is an error that lists all problems at once, each with file, line, column and the nearest name that is right. So this command is also the test of a configuration.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Configuration.EffectiveSetting'
    Parameters  = @{
        Name = 'Only settings with these names, such as objectives.rpo; takes wildcards. A name without wildcards that no setting has is an error.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryConfiguration'; Text = 'Shows everything.' }
        @{ Code = 'Get-PostryConfiguration objectives.*'; Text = 'Shows what backups and restores are measured against.' }
        @{ Code = 'Get-PostryConfiguration | Where-Object Source -NE Default'; Text = 'Shows what somebody has set.' }
    )
}
