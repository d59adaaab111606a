@{
    ExcludeRules = @(
        # Pester runs the blocks of a test in scopes of their own, so the analyzer cannot see where a variable is used.
        'PSUseDeclaredVarsMoreThanAssignments'
    )
}
