@echo off
rem Starts qipxl by number keys. The first time it sets up qipxl in the folder .venv beside README.md.
rem It needs Python 3.11 or later from python.org or your company portal, and no administrator rights.
setlocal
title qipxl
cd /d "%~dp0..\.."
if exist ".venv\ready.txt" goto menu
echo Setting up qipxl. This takes a few minutes, once.
py -m venv .venv
if errorlevel 1 goto nopython
".venv\Scripts\python.exe" -m pip install --disable-pip-version-check ".[page,excel]"
if errorlevel 1 goto failed
echo ready> ".venv\ready.txt"
:menu
".venv\Scripts\python.exe" -m qipxl menu
goto end
:nopython
echo Python was not found. Install it from python.org or your company portal, then start this file again.
goto end
:failed
echo qipxl could not be set up. The last lines above say why; docs\windows.md says what they mean.
:end
pause
