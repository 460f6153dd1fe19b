using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace OrleansShards.Tests.Storage.Disks;

/// <summary>
/// SQLite's file layer (VFS) for databases on a <see cref="BadDisk"/>: passes on what SQLite's own one does, but for the faults, and what
/// is flushed the disk says. The WAL's index, which lives as long as a process, is not on the disk.
/// </summary>
/// <remarks>Layout of the structures: https://www.sqlite.org/c3ref/vfs.html and https://www.sqlite.org/c3ref/io_methods.html.</remarks>
internal static unsafe class BadDiskLayer
{
    // This file's own part, before SQLite's: the methods and the number.
    private const int OwnBytes = 16;

    private const int WriteFailed = raw.SQLITE_IOERR | (3 << 8);
    private const int FlushFailed = raw.SQLITE_IOERR | (4 << 8);
    private const int CutFailed = raw.SQLITE_IOERR | (6 << 8);
    private const int DeleteFailed = raw.SQLITE_IOERR | (10 << 8);

    // A journal's or a WAL's first flush also flushes its name, as in SQLite's own layer (UNIXFILE_DIRSYNC).
    private const int NameIsFlushed = 0x0000_0800 | 0x0000_4000 | 0x0008_0000;

    private static readonly ConcurrentDictionary<long, OpenFile> Files = new();
    private static readonly ConcurrentDictionary<string, BadDisk> Disks = new(StringComparer.Ordinal);
    private static readonly Vfs* System;
    private static readonly Methods* Own;
    private static long _lastFile;

    static BadDiskLayer()
    {
        Batteries_V2.Init();
        System = Find(null);
        Vfs* own = (Vfs*)NativeMemory.AllocZeroed((nuint)sizeof(Vfs));
        *own = *System;
        own->Next = null;
        own->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        own->FileBytes = System->FileBytes + OwnBytes;
        own->Open = &Open;
        own->Delete = &Delete;
        Assert.Equal(raw.SQLITE_OK, Register(own, 0));
        Own = (Methods*)NativeMemory.AllocZeroed((nuint)sizeof(Methods));
        SetMethods(Own);
    }

    internal static string Name => "orleansshards-bad-disk";

    /// <summary>From now on the files in this directory are on this disk. Returns the layer's name.</summary>
    internal static string Mount(BadDisk disk)
    {
        Disks[disk.Path] = disk;
        return Name;
    }

    private static void SetMethods(Methods* methods)
    {
        methods->Version = 2;
        methods->Close = &Close;
        methods->Read = &Read;
        methods->Write = &Write;
        methods->Truncate = &Truncate;
        methods->Sync = &Sync;
        methods->FileSize = &FileSize;
        methods->Lock = &LockFile;
        methods->Unlock = &UnlockFile;
        methods->CheckReservedLock = &CheckReservedLock;
        methods->FileControl = &FileControl;
        methods->SectorSize = &SectorSize;
        methods->DeviceCharacteristics = &DeviceCharacteristics;
        methods->ShmMap = &ShmMap;
        methods->ShmLock = &ShmLock;
        methods->ShmBarrier = &ShmBarrier;
        methods->ShmUnmap = &ShmUnmap;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, FileHead* file, int flags, int* outFlags)
    {
        file->Methods = null;
        FileHead* inner = Inner(file);
        inner->Methods = null;
        string path = Marshal.PtrToStringUTF8((nint)name) ?? "";
        BadDisk? disk = Disks.GetValueOrDefault(Path.GetDirectoryName(path) ?? "");
        bool existed = File.Exists(path);
        if (disk is not null && !existed && Decided(disk, DiskCall.Other, path) != DiskFault.None)
            return raw.SQLITE_CANTOPEN;

        int code = System->Open(System, name, inner, flags, outFlags);
        if (inner->Methods is null)
            return code;

        VolatileFile? content = null;
        if (disk is not null)
        {
            lock (disk.Gate)
            {
                content = disk.FindFile(path) ?? disk.CreateFile(path);
                if (existed && content.IsNew)
                {
                    // Put there by another name, as a new database is.
                    content.Write(0, File.ReadAllBytes(path));
                    content.Flush(fails: false);
                }
            }
        }

        file->Methods = Own;
        file->Number = Interlocked.Increment(ref _lastFile);
        bool flushesName = !existed && (flags & NameIsFlushed) != 0;
        Files[file->Number] = new OpenFile(disk, content, path) { FlushesName = flushesName };
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(Vfs* vfs, byte* name, int flushName)
    {
        string path = Marshal.PtrToStringUTF8((nint)name) ?? "";
        if (Disks.GetValueOrDefault(Path.GetDirectoryName(path) ?? "") is not { } disk)
            return System->Delete(System, name, flushName);

        lock (disk.Gate)
        {
            if (disk.Decide(DiskCall.Other, path) != DiskFault.None)
                return DeleteFailed;

            int code = System->Delete(System, name, 0);
            if (code == raw.SQLITE_OK && disk.FindFile(path) is not null)
            {
                disk.Remove(path);
                if (flushName != 0)
                    disk.FlushNames(disk.Path, fails: false);
            }

            return code;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(FileHead* file, byte* bytes, int length, long at)
    {
        FileHead* inner = Inner(file);
        OpenFile open = Files[file->Number];
        if (open.Disk is not { } disk)
            return inner->Methods->Write(inner, bytes, length, at);

        lock (disk.Gate)
        {
            DiskFault fault = disk.Decide(DiskCall.Write, open.Path);
            if (fault == DiskFault.IsGone)
                return WriteFailed;

            int written = fault == DiskFault.None ? length : length / 2;
            open.Content!.Write(at, new ReadOnlySpan<byte>(bytes, written));
            int code = inner->Methods->Write(inner, bytes, written, at);
            return fault switch
            {
                DiskFault.None => code,
                DiskFault.IsShort => raw.SQLITE_FULL,
                _ => WriteFailed,
            };
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(FileHead* file, long length)
    {
        FileHead* inner = Inner(file);
        OpenFile open = Files[file->Number];
        if (open.Disk is not { } disk)
            return inner->Methods->Truncate(inner, length);

        lock (disk.Gate)
        {
            if (disk.Decide(DiskCall.Other, open.Path) != DiskFault.None)
                return CutFailed;

            open.Content!.Cut(length);
            return inner->Methods->Truncate(inner, length);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(FileHead* file, int flags)
    {
        FileHead* inner = Inner(file);
        OpenFile open = Files[file->Number];
        if (open.Disk is not { } disk)
            return inner->Methods->Sync(inner, flags);

        lock (disk.Gate)
        {
            DiskFault fault = disk.Decide(DiskCall.Flush, open.Path);
            if (fault == DiskFault.IsGone)
                return FlushFailed;

            open.Content!.Flush(fails: fault != DiskFault.None);
            if (open.FlushesName)
                disk.FlushNames(disk.Path, fails: false);

            open.FlushesName = false;
            return fault == DiskFault.None ? raw.SQLITE_OK : FlushFailed;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(FileHead* file)
    {
        Files.TryRemove(file->Number, out _);
        return Inner(file)->Methods->Close(Inner(file));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(FileHead* file, byte* bytes, int length, long at) =>
        Inner(file)->Methods->Read(Inner(file), bytes, length, at);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(FileHead* file, long* length) => Inner(file)->Methods->FileSize(Inner(file), length);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int LockFile(FileHead* file, int kind) => Inner(file)->Methods->Lock(Inner(file), kind);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int UnlockFile(FileHead* file, int kind) => Inner(file)->Methods->Unlock(Inner(file), kind);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(FileHead* file, int* answer) => Inner(file)->Methods->CheckReservedLock(Inner(file), answer);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileControl(FileHead* file, int what, void* about) =>
        Inner(file)->Methods->FileControl(Inner(file), what, about);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(FileHead* file) => Inner(file)->Methods->SectorSize(Inner(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DeviceCharacteristics(FileHead* file) => Inner(file)->Methods->DeviceCharacteristics(Inner(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmMap(FileHead* file, int page, int bytes, int extend, void** memory) =>
        Inner(file)->Methods->ShmMap(Inner(file), page, bytes, extend, memory);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmLock(FileHead* file, int from, int count, int flags) =>
        Inner(file)->Methods->ShmLock(Inner(file), from, count, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ShmBarrier(FileHead* file) => Inner(file)->Methods->ShmBarrier(Inner(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmUnmap(FileHead* file, int delete) => Inner(file)->Methods->ShmUnmap(Inner(file), delete);

    private static FileHead* Inner(FileHead* file) => (FileHead*)((byte*)file + OwnBytes);

    private static DiskFault Decided(BadDisk disk, DiskCall call, string path)
    {
        lock (disk.Gate)
            return disk.Decide(call, path);
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern Vfs* Find(byte* name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Register(Vfs* vfs, int makeDefault);

    private sealed record OpenFile(BadDisk? Disk, VolatileFile? Content, string Path)
    {
        internal bool FlushesName { get; set; }
    }

    private struct FileHead
    {
        internal Methods* Methods;
        internal long Number;
    }

#pragma warning disable CS0649 // SQLite fills them in.
    private struct Vfs
    {
        internal int Version;
        internal int FileBytes;
        internal int PathBytesMax;
        internal Vfs* Next;
        internal byte* Name;
        internal void* About;
        internal delegate* unmanaged[Cdecl]<Vfs*, byte*, FileHead*, int, int*, int> Open;
        internal delegate* unmanaged[Cdecl]<Vfs*, byte*, int, int> Delete;
        internal fixed long Others[14];
    }
#pragma warning restore CS0649

    private struct Methods
    {
        internal int Version;
        internal delegate* unmanaged[Cdecl]<FileHead*, int> Close;
        internal delegate* unmanaged[Cdecl]<FileHead*, byte*, int, long, int> Read;
        internal delegate* unmanaged[Cdecl]<FileHead*, byte*, int, long, int> Write;
        internal delegate* unmanaged[Cdecl]<FileHead*, long, int> Truncate;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, int> Sync;
        internal delegate* unmanaged[Cdecl]<FileHead*, long*, int> FileSize;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, int> Lock;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, int> Unlock;
        internal delegate* unmanaged[Cdecl]<FileHead*, int*, int> CheckReservedLock;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, void*, int> FileControl;
        internal delegate* unmanaged[Cdecl]<FileHead*, int> SectorSize;
        internal delegate* unmanaged[Cdecl]<FileHead*, int> DeviceCharacteristics;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, int, int, void**, int> ShmMap;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, int, int, int> ShmLock;
        internal delegate* unmanaged[Cdecl]<FileHead*, void> ShmBarrier;
        internal delegate* unmanaged[Cdecl]<FileHead*, int, int> ShmUnmap;
        internal fixed long Later[2];
    }
}
