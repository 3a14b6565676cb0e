# PowerShell completion for flux; load it with: flux completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName flux -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    if (-not $before) { return }
    $program = $before[0]
    # An array even where no word follows: `@words` of nothing at all would pass an argument.
    $words = @($before | Select-Object -Skip 1)
    & $program __complete "=$wordToComplete" @words 2>$null | ForEach-Object {
        $candidate, $about = $_ -split "`t", 2
        if ($candidate -eq ':files' -or $candidate -eq ':directories') {
            $flag = if ($wordToComplete -match '^--[^=]*=') { $Matches[0] } else { '' }
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete.Substring($flag.Length)) |
                ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new(
                        $flag + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
                }
        }
        else {
            if (-not $about) { $about = $candidate }
            [System.Management.Automation.CompletionResult]::new($candidate, $candidate, 'ParameterValue', $about)
        }
    }
}
