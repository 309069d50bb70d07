Attribute VB_Name = "QipConsole"
Option Explicit

' The buttons of the qipxl console, which head office keeps. Each starts the qipxl that is installed on this computer and
' waits until it is done; qipxl itself writes the result into this workbook.
'
' It always starts the same program: the Python that "qipxl excel install" has recorded for the person who is signed in,
' and its module qipxl.app.excel. From workbooks it takes only this one's name. It reads no sheet, no file in the folder of
' a workbook and no setting of xlwings: a tracker that was sent in cannot choose what runs.

Private Const TITLE As String = "qipxl"
Private Const NOT_RECORDED As String = _
    "qipxl is not set up for Excel on this computer. Type in a command window: qipxl excel install"
Private Const ON_A_MAC As String = "On a Mac the buttons cannot start qipxl. Its commands do the same, in Terminal."
Private Const NOT_STARTED As String = "qipxl could not be started. Type in a command window: qipxl excel doctor"

Public Sub QipNextStep()
    RunJob "next"
End Sub

Public Sub QipIssueTrackers()
    RunJob "issue"
End Sub

Public Sub QipWriteReminders()
    RunJob "remind"
End Sub

Public Sub QipWhoHasSent()
    RunJob "status"
End Sub

Public Sub QipCheckReturns()
    RunJob "check"
End Sub

Public Sub QipWriteQueries()
    RunJob "queries"
End Sub

Public Sub QipConsolidate()
    RunJob "consolidate"
End Sub

Public Sub QipPageAndPdf()
    RunJob "page"
End Sub

Public Sub QipPacks()
    RunJob "packs"
End Sub

Public Sub QipMeetingBooks()
    RunJob "meeting-books"
End Sub

Public Sub QipReadMeetings()
    RunJob "read-meetings"
End Sub

Public Sub QipCheckOpenTracker()
    RunJob "check-open"
End Sub

Private Sub RunJob(ByVal job As String)
    Dim result As Long
    On Error GoTo Failed
#If Mac Then
    MsgBox ON_A_MAC, vbExclamation, TITLE
    Exit Sub
#End If
    If Interpreter() = "" Then
        MsgBox NOT_RECORDED, vbExclamation, TITLE
        Exit Sub
    End If
    Application.StatusBar = "qipxl is starting..."
    result = Started(job)
    Application.StatusBar = False
    If result <> 0 And result <> 10 Then MsgBox NOT_STARTED, vbExclamation, TITLE
    Exit Sub
Failed:
    Application.StatusBar = False
    MsgBox NOT_STARTED & vbCrLf & vbCrLf & Err.Description, vbExclamation, TITLE
End Sub

' 0 if the job is done, 10 if qipxl has said why not, anything else if it could not be started or failed.
Private Function Started(ByVal job As String) As Long
    Dim commands As Object
    Set commands = CreateObject("WScript.Shell")
    commands.CurrentDirectory = FolderOf(Interpreter())
    Started = commands.Run(CommandLine(Interpreter(), job, ThisWorkbook.Name, CStr(Application.Hwnd)), 0, True)
End Function

' The command: -P excludes modules in the folder of a workbook, -E excludes environment settings.
Private Function CommandLine(ByVal program As String, ByVal job As String, ByVal book As String, ByVal window As String) _
    As String
    CommandLine = """" & program & """ -E -P -m qipxl.app.excel " & job & " --book " & Encoded(book) & " --hwnd " & window
End Function

' A name as hexadecimal figures, four for each character, so that no space, quote or % in it means anything.
Private Function Encoded(ByVal name As String) As String
    Dim place As Long
    For place = 1 To Len(name)
        Encoded = Encoded & Right("000" & Hex(AscW(Mid(name, place, 1))), 4)
    Next place
End Function

Private Function Interpreter() As String
    Interpreter = GetSetting("qipxl", "Excel", "Interpreter", "")
End Function

Private Function FolderOf(ByVal path As String) As String
    FolderOf = Left(path, InStrRev(path, "\") - 1)
End Function
