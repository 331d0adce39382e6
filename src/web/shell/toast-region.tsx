import { useStore } from '../data/store.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { dismissToast, toasts, undoToast } from './toasts.ts';

export function ToastRegion() {
  const { actions, told } = useMessages();
  const shown = useStore(toasts);
  return (
    <section className="toasts" aria-label={told.region} aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className="toast">
          <span className="toast-text">{toast.text}</span>
          {toast.undo && (
            <button type="button" className="toast-undo" onClick={() => undoToast(toast)}>
              {actions.undo}
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            aria-label={told.dismiss}
            onClick={() => dismissToast(toast.id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </section>
  );
}
