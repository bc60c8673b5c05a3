// A picture from the camera: seen in a dialog, and taken with a button.

/// <reference lib="dom" />
import { find } from "./dom.ts";

const QUALITY = 0.92;

/** @param onFile Hears of each picture that is taken, as a file. */
export function takePictures(onFile: (file: Blob) => void): void {
  const dialog = find("camera-dialog", HTMLDialogElement);
  const video = find("video", HTMLVideoElement);
  const problem = find("camera-problem", HTMLElement);
  const shutter = find("shutter", HTMLButtonElement);
  let stream: MediaStream | undefined;

  find("camera", HTMLButtonElement).addEventListener("click", async () => {
    // Only secure pages have the camera, and loopback is one. Elsewhere a phone opens its own.
    if (!navigator.mediaDevices) return find("capture", HTMLInputElement).click();
    problem.textContent = "";
    shutter.disabled = true;
    dialog.showModal();
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1920 } },
      });
      if (!dialog.open) return stop(opened); // closed while the person was asked
      stream = opened;
      video.srcObject = opened;
      await video.play();
      shutter.disabled = false;
    } catch (error) {
      problem.textContent = `The camera cannot be used: ${(error as Error).message}. ` +
        "Allow it in the browser's settings of this page, or open a picture instead.";
    }
  });
  dialog.addEventListener("close", () => {
    if (stream) stop(stream);
    stream = undefined;
    video.srcObject = null;
  });
  find("camera-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  shutter.addEventListener("click", async () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d")!.drawImage(video, 0, 0);
    const file = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    dialog.close();
    onFile(file);
  });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
