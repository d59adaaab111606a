@{
    Synopsis    = 'Removes what killed commands left in the folder of the backups, and reports everything else.'
    Description = @(
        'Removes only files that this product made and did not finish, by the names that it gives to such files, and only while no other command writes there. Every command that writes a backup does the same; nothing needs this command.'
        'All else that Test-PostryCatalog finds is emitted as it is, and never touched. IsRepaired tells what is gone.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.CatalogFinding'
    Parameters  = @{
        WhatIf = 'Removes nothing, and names each file that would be removed.'
    }
    Examples    = @(
        @{ Code = 'Repair-PostryCatalog -WhatIf'; Text = 'Names the files that would be removed.' }
        @{ Code = 'Repair-PostryCatalog | Where-Object IsRepaired'; Text = 'Removes them, and shows which.' }
    )
    Related     = 'Test-PostryCatalog', 'Get-PostryBackup', 'about_Postry.Ops'
}
