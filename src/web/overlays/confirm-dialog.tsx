import { useMessages } from '../messages/use-messages.ts';
import { DialogFrame } from './dialog-frame.tsx';

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly run: () => void;
  readonly onClose: () => void;
}

/** Before what cannot be taken back. */
export function ConfirmDialog({ title, text, action, run, onClose }: ConfirmProps) {
  const { actions } = useMessages();
  return (
    <DialogFrame title={title} onClose={onClose}>
      <p className="dialog-text">{text}</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {actions.cancel}
        </button>
        <button
          type="button"
          className="button button-danger"
          onClick={() => {
            onClose();
            run();
          }}
        >
          {action}
        </button>
      </div>
    </DialogFrame>
  );
}
