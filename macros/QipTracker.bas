Attribute VB_Name = "QipTracker"
Option Explicit

' The two buttons of a qipxl tracker: Check my tracker, and Next problem.
'
' There is no rule in this macro. The formulas of the workbook find the problems and list them on the sheet Checks; the
' macro has them worked out anew, reads that list, and goes to the cells it names. It starts by itself at no time, opens
' no file and starts no program. It changes two cells (when the tracker was last checked, which problem was gone to) and
' opens a folded column or a hidden row in which a problem stands.
'
' Defined names that it reads and writes:
'   qip_list     Checks, the row of headings and the lines below it
'   qip_ready    Start here, the sentence that says whether the tracker is ready to send
'   qip_total    how many problems there are
'   qip_checked  Start here, when the tracker was last checked (written)
'   qip_at       Checks, the problem that was gone to (written)

Private Const TITLE As String = "Check my tracker"

Public Sub QipCheckTracker()
    Dim said As String
    On Error GoTo Failed
    TrackerBook().Activate
    Note "qip_checked", "Checking..."
    Application.Calculate
    said = Range("qip_ready").Text
    Note "qip_at", ""
    Note "qip_checked", "Checked on " & Format(Now, "d mmmm yyyy hh:mm") & ". " & said
    If Listed() > 0 Then said = said & vbCrLf & vbCrLf & Visit(1)
    MsgBox said, vbInformation, TITLE
    Exit Sub
Failed:
    BreakOff Err.Description
End Sub

Public Sub QipNextProblem()
    Dim number As Long
    On Error GoTo Failed
    TrackerBook().Activate
    Application.Calculate
    If Listed() = 0 Then
        Note "qip_at", ""
        MsgBox "There is no problem left. " & Range("qip_ready").Text, vbInformation, TITLE
        Exit Sub
    End If
    number = Following(Range("qip_at").Text)
    MsgBox Visit(number), vbInformation, TITLE
    Exit Sub
Failed:
    BreakOff Err.Description
End Sub

' The line to go to after the one gone to last, which may have been put right: then the one that took its place.
Private Function Following(ByVal last As String) As Long
    Dim number As Long
    Dim words As String
    Following = 1
    If last = "" Then Exit Function
    words = Mid(last, InStr(last, ": ") + 2)
    For number = 1 To Listed()
        If Described(number) = words Then
            If number < Listed() Then Following = number + 1
            Exit Function
        End If
    Next number
    number = Val(Mid(last, 4))
    If number >= 1 And number <= Listed() Then Following = number
End Function

' Goes to the cell of a line, remembers it, and gives a sentence about it.
Private Function Visit(ByVal number As Long) As String
    Dim words As String
    Dim total As Long
    words = Described(number)
    total = Range("qip_total").Value
    Note "qip_at", "No " & number & ": " & words
    Visit = "Problem " & number & " of " & total & ", " & words
    If Not Shown(ListText(number, "Sheet"), ListText(number, "Go there")) Then
        Visit = Visit & vbCrLf & vbCrLf & "Its cell could not be shown: please go there yourself."
    End If
End Function

' Selects a cell, and opens the columns or rows that hide it; False where that is not possible.
Private Function Shown(ByVal sheetName As String, ByVal address As String) As Boolean
    Dim sheet As Object
    Dim cell As Object
    On Error GoTo Unseen
    Set sheet = TrackerBook().Worksheets(sheetName)
    Set cell = sheet.Range(address)
    sheet.Activate
    If cell.EntireColumn.Hidden Then cell.EntireColumn.Hidden = False
    If cell.EntireRow.Hidden Then cell.EntireRow.Hidden = False
    cell.Select
    Shown = True
    Exit Function
Unseen:
    Shown = False
End Function

' A line in words: where it is and what to put right.
Private Function Described(ByVal number As Long) As String
    Described = ListText(number, "Sheet") & "!" & ListText(number, "Go there") & " " & _
        ListText(number, "Heading") & ": " & ListText(number, "What to put right")
End Function

' How many lines are listed.
Private Function Listed() As Long
    Dim lines As Long
    Dim most As Long
    most = Range("qip_list").Rows.Count - 1
    Do While lines < most
        If ListText(lines + 1, "No") = "" Then Exit Do
        lines = lines + 1
    Loop
    Listed = lines
End Function

' What a line says under a heading.
Private Function ListText(ByVal number As Long, ByVal heading As String) As String
    Dim list As Object
    Dim column As Long
    Set list = Range("qip_list")
    For column = 1 To list.Columns.Count
        If list.Cells(1, column).Text = heading Then
            ListText = list.Cells(number + 1, column).Text
            Exit Function
        End If
    Next column
    Err.Raise 5, , "the sheet Checks has no column " & heading
End Function

' Writes a sentence into a cell; a sheet that somebody has protected keeps what it says.
Private Sub Note(ByVal name As String, ByVal words As String)
    On Error Resume Next
    Range(name).Value = words
    On Error GoTo 0
End Sub

Private Sub BreakOff(ByVal reason As String)
    Dim said As String
    said = "The check broke off (" & reason & "). The sheet Checks lists the problems all the same."
    Note "qip_checked", said
    MsgBox said, vbExclamation, TITLE
End Sub

' The workbook these buttons stand in. LibreOffice loses track of it once it has saved the file itself.
Private Function TrackerBook() As Object
    Set TrackerBook = ThisWorkbook
    If ThisWorkbook.Worksheets.Count = 0 Then Set TrackerBook = ActiveWorkbook
End Function
